// Measures along the ground in straight lines, on the ellipsoid of CGCS2000.
(function (P) {
  'use strict';
  var node = P.node, points = [], active = false, ended = false, button = null, box = null, map = null;

  // Length in metres of the shortest line on the ellipsoid (Vincenty's inverse formula, GRS80).
  P.geodesic = function (lon1, lat1, lon2, lat2) {
    var a = 6378137, f = 1 / 298.257222101, b = a * (1 - f), rad = Math.PI / 180;
    if (lon1 === lon2 && lat1 === lat2) { return 0; }
    var u1 = Math.atan((1 - f) * Math.tan(lat1 * rad)), u2 = Math.atan((1 - f) * Math.tan(lat2 * rad));
    var L0 = (lon2 - lon1) * rad, lambda = L0, round = 0, last, sinS, cosS, sigma, cos2A, cos2M;
    do {
      var sinL = Math.sin(lambda), cosL = Math.cos(lambda);
      var p = Math.cos(u2) * sinL, q = Math.cos(u1) * Math.sin(u2) - Math.sin(u1) * Math.cos(u2) * cosL;
      sinS = Math.sqrt(p * p + q * q);
      if (sinS === 0) { return 0; }
      cosS = Math.sin(u1) * Math.sin(u2) + Math.cos(u1) * Math.cos(u2) * cosL;
      sigma = Math.atan2(sinS, cosS);
      var sinA = Math.cos(u1) * Math.cos(u2) * sinL / sinS;
      cos2A = 1 - sinA * sinA;
      cos2M = cos2A ? cosS - 2 * Math.sin(u1) * Math.sin(u2) / cos2A : 0;
      var c = f / 16 * cos2A * (4 + f * (4 - 3 * cos2A));
      last = lambda;
      lambda = L0 + (1 - c) * f * sinA * (sigma + c * sinS * (cos2M + c * cosS * (2 * cos2M * cos2M - 1)));
    } while (Math.abs(lambda - last) > 1e-12 && ++round < 100);
    var k = cos2A * (a * a - b * b) / (b * b);
    var big = 1 + k / 16384 * (4096 + k * (-768 + k * (320 - 175 * k)));
    var small = k / 1024 * (256 + k * (-128 + k * (74 - 47 * k)));
    var bend = small * sinS * (cos2M + small / 4 * (cosS * (2 * cos2M * cos2M - 1) -
      small / 6 * cos2M * (4 * sinS * sinS - 3) * (4 * cos2M * cos2M - 3)));
    return b * big * (sigma - bend);
  };

  P.measuring = function () { return active; };

  P.measured = function () {
    var sum = 0;
    for (var i = 1; i < points.length; i++) {
      sum += P.geodesic(points[i - 1].lng, points[i - 1].lat, points[i].lng, points[i].lat);
    }
    return sum;
  };

  function length(metres) {
    return metres < 1000 ? P.say('map.measure.m', { n: P.number(Math.round(metres)) }) :
      P.say('map.measure.km', { n: P.number(metres / 1000, 2) });
  }

  function tell() {
    if (!box) { return; }
    box.style.display = active ? '' : 'none';
    P.fill(box, points.length > 1 ? [node('strong', {}, length(P.measured())), ' ',
      P.say('map.measure.straight')] : [P.say('map.measure.how')]);
  }

  function add(place) {
    if (ended) { points = []; ended = false; }
    var last = points[points.length - 1];
    if (last && map.latLngToContainerPoint(last).distanceTo(map.latLngToContainerPoint(place)) < 3) { return; }
    points.push(place);
    tell();
    P.marks.redraw();
  }

  function turn(on) {
    active = on; ended = false; points = [];
    map.getContainer().classList.toggle('measuring', on);
    map.doubleClickZoom[on ? 'disable' : 'enable']();
    button.setAttribute('aria-pressed', String(on));
    tell();
    P.marks.redraw();
    (on ? map.getContainer() : button).focus();
  }

  function key(event) {
    if (!active) { return; }
    if (event.key === 'Escape') {
      event.preventDefault();
      if (points.length > 1 && !ended) { ended = true; } else { turn(false); }
    } else if (event.target === map.getContainer() && event.key === ' ') {
      event.preventDefault();
      add(map.getCenter());
    } else if (event.target === map.getContainer() && event.key === 'Enter') {
      event.preventDefault();
      ended = points.length > 1;
    }
  }

  function paint(context, view) {
    if (!active) { return; }
    context.lineWidth = 3; context.strokeStyle = '#111'; context.setLineDash([]);
    context.beginPath();
    points.forEach(function (point, i) {
      var x = P.worldX(point.lng) * view.scale - view.left, y = P.worldY(point.lat) * view.scale - view.top;
      if (i) { context.lineTo(x, y); } else { context.moveTo(x, y); }
    });
    context.stroke();
    points.forEach(function (point) {
      P.drawSymbol(context, 'circle', P.worldX(point.lng) * view.scale - view.left,
        P.worldY(point.lat) * view.scale - view.top, 9, '#111');
    });
  }

  P.features.push({
    tools: function () {
      button = node('button', { type: 'button', id: 'measure', 'aria-pressed': String(active),
        title: P.say('map.measure.how'), click: function () { if (map) { turn(!active); } } },
      P.say('map.measure'));
      return button;
    },
    start: function (started) {
      map = started;
      box = node('div', { id: 'measured', role: 'status', 'aria-live': 'polite' });
      map.getContainer().appendChild(box);
      map.on('click', function (event) { if (active) { add(event.latlng); } });
      map.on('dblclick', function () { if (active) { ended = points.length > 1; } });
      document.addEventListener('keydown', key);
      tell();
    },
    speak: tell,
    paint: paint
  });
})(window.Planner);
