// Wires the page: layers onto the map, clicks to cards, print, language.
(function (P) {
  'use strict';
  var data = P.data, node = P.node;

  function furniture(map) {
    L.control.zoom({ position: 'topleft', zoomInTitle: '', zoomOutTitle: '' }).addTo(map);
    L.control.scale({ imperial: false, maxWidth: 160, position: 'bottomleft' }).addTo(map);
    var north = L.control({ position: 'topleft' });
    north.onAdd = function () {
      var arrow = P.svg('svg', { viewBox: '0 0 30 44', width: 30, height: 44, class: 'north' }, [
        P.svg('path', { d: 'M15 14 L24 42 L15 35 Z', fill: '#22303c' }),
        P.svg('path', { d: 'M15 14 L6 42 L15 35 Z', fill: '#fff', stroke: '#22303c' }),
        P.svg('text', { x: 15, y: 12, 'text-anchor': 'middle', 'font-size': 14, 'font-weight': 700,
          fill: '#22303c' })
      ]);
      arrow.lastChild.textContent = 'N';
      return arrow;
    };
    north.addTo(map);
    var home = L.control({ position: 'topleft' });
    home.onAdd = function () {
      P.homeButton = node('button', { type: 'button', class: 'home', click: function (event) {
        L.DomEvent.stop(event); fit(map);
      } }, '⌂');
      return P.homeButton;
    };
    home.addTo(map);
  }

  function fit(map) {
    var b = P.bounds;
    map.fitBounds([[b[1], b[0]], [b[3], b[2]]], { animate: false, paddingTopLeft: [44, 6], paddingBottomRight: [6, 6] });
  }

  function sitePins(map) {
    P.pins = L.layerGroup();
    P.pinList = data.summary.proposed_sites.map(function (site, at) {
      var icon = L.divIcon({ className: 'pin-holder', iconSize: [28, 28],
        html: node('span', { class: 'pin' }, site.order) });
      return L.marker([site.lat, site.lon], { icon: icon, keyboard: true, riseOnHover: true, alt: '',
        zIndexOffset: 1000 - site.order })
        .on('click', function () { P.pick({ what: 'site', at: at }); }).addTo(P.pins);
    });
    P.pins.addTo(map);
    map.on('zoomend', function () { spread(map); });
  }

  // points nearer than `least` pixels move apart
  P.apart = function (at, least) {
    var moved = true, round, i, j;
    for (round = 0; moved && round < 60; round++) {
      moved = false;
      for (i = 0; i < at.length; i++) {
        for (j = i + 1; j < at.length; j++) {
          var dx = at[j].x - at[i].x, dy = at[j].y - at[i].y, gap = Math.sqrt(dx * dx + dy * dy);
          if (gap >= least) { continue; }
          if (gap < 0.01) { dx = Math.cos(j); dy = Math.sin(j); gap = 1; }
          var push = (least - gap) / 2 + 0.1;
          at[i] = L.point(at[i].x - dx / gap * push, at[i].y - dy / gap * push);
          at[j] = L.point(at[j].x + dx / gap * push, at[j].y + dy / gap * push);
          moved = true;
        }
      }
    }
    return at;
  };

  // pins that would cover each other move apart; a line leads back to the place
  function spread(map) {
    var sites = data.summary.proposed_sites;
    var at = P.apart(sites.map(function (s) { return map.project([s.lat, s.lon]); }), 27);
    P.pinPlaces = at.map(function (point, k) {
      var place = map.unproject(point);
      P.pinList[k].setLatLng(place);
      return { x: P.worldX(place.lng), y: P.worldY(place.lat),
        siteX: P.worldX(sites[k].lon), siteY: P.worldY(sites[k].lat) };
    });
  }

  // what lies under a place of the map, the smallest things first
  function under(map, latlng) {
    var where = P.worldAt(map, latlng), on = P.state.on, at;
    if (on.findings) {
      at = P.pointAt(P.places.findings, where, 12, function (i) {
        return P.state.severities[data.findings.rows[i].severity];
      });
      if (at >= 0) { return { what: 'finding', at: at }; }
    }
    at = P.pointAt(P.places.facilities, where, 9, function (i) { return P.state.kinds[data.facilities.kind[i]]; });
    if (at >= 0) { return { what: 'facility', at: at }; }
    if (on.demand) {
      at = P.pointAt(P.places.demand, where, 7, function () { return true; });
      if (at >= 0) { return { what: 'demand', at: at }; }
    }
    at = P.areaAt(P.shapes.communities, where.x, where.y);
    return at >= 0 ? { what: 'community', at: at } : null;
  }

  P.under = under;

  function pointer(map) {
    var tip = node('div', { id: 'tip', 'aria-hidden': 'true' });
    map.getContainer().appendChild(tip);
    map.on('click', function (event) { if (P.measuring()) { return; } P.pick(under(map, event.latlng)); });
    var moved = null;
    function name() {
      var event = moved;
      moved = null;
      if (!event) { return; }
      var text = P.nameOf(under(map, event.latlng));
      tip.textContent = text;
      tip.style.display = text ? 'block' : 'none';
      tip.style.left = (event.containerPoint.x + 14) + 'px';
      tip.style.top = (event.containerPoint.y + 16) + 'px';
    }
    // once a frame, and not while the map is dragged
    map.on('mousemove', function (event) {
      if (!moved && !map.dragging.moving()) { requestAnimationFrame(name); }
      moved = map.dragging.moving() ? null : event;
    });
    map.on('mouseout movestart', function () { moved = null; tip.style.display = 'none'; });
  }

  function placeOf(picked) {
    if (picked.what === 'site') {
      var s = data.summary.proposed_sites[picked.at];
      return [s.lat, s.lon];
    }
    var c = { facility: data.facilities, county: data.counties, demand: data.demand }[picked.what] || data.communities;
    if (picked.what === 'finding') {
      var f = data.findings.rows[picked.at];
      return f.lat === null ? null : [f.lat, f.lon];
    }
    return P.isNumber(c.lat[picked.at]) ? [c.lat[picked.at], c.lon[picked.at]] : null;
  }

  var opener = null; // what gets the keyboard back when the card closes

  P.pick = function (picked, go) {
    var inside = P.cardBox.contains(document.activeElement);
    if (picked && go && !inside) { opener = document.activeElement; }
    P.state.picked = picked;
    P.card();
    if (picked && go) { P.cardBox.querySelector('.close').focus({ preventScroll: true }); }
    if (!picked && inside) {
      (opener && document.contains(opener) ? opener : P.map.getContainer()).focus({ preventScroll: true });
      opener = null;
    }
    var place = picked && go ? placeOf(picked) : null;
    if (picked && go && picked.what === 'county') {
      P.goTo(picked.at);
    } else if (place) { P.map.setView(place, Math.max(P.map.getZoom(), 13.5), { animate: false }); }
    P.marks.redraw();
    P.each('changed');
  };

  // a district of the table
  P.goTo = function (county) {
    var box = null, c = data.communities;
    c.county.forEach(function (at, i) {
      if (at === county && c.lat[i] !== null) {
        box = box || L.latLngBounds([[c.lat[i], c.lon[i]]]);
        box.extend([c.lat[i], c.lon[i]]);
      }
    });
    if (box) { P.map.fitBounds(box.pad(0.15), { animate: false }); }
  };

  // after a switch: map, legend, pins
  P.show = function () {
    P.ground.redraw();
    P.marks.redraw();
    P.pins.addTo(P.map); // comparing takes them off
    P.pinList.forEach(function (pin, i) { P.pins[P.siteShown(i) ? 'addLayer' : 'removeLayer'](pin); });
    P.panels();
    P.each('show');
  };

  P.speak = function (language) {
    P.language = language;
    P.head(); P.figures(); P.panels(); P.foot(); P.card();
    P.at('skip').textContent = P.say('map.skip');
    P.homeButton.title = P.say('map.home');
    P.map.getContainer().setAttribute('aria-label', P.say('map.map'));
    P.pins.eachLayer(function (pin) {
      var icon = pin.getElement();
      if (icon) { icon.setAttribute('aria-label', P.say('map.card.proposed') + ' ' + icon.textContent); }
    });
    P.each('speak');
    P.marks.redraw();
  };

  function printing(map) {
    var seen = null;
    window.addEventListener('beforeprint', function () {
      seen = map.getBounds();
      document.documentElement.classList.add('printing');
      map.invalidateSize({ animate: false });
      map.fitBounds(seen, { animate: false });
    });
    window.addEventListener('afterprint', function () {
      document.documentElement.classList.remove('printing');
      map.invalidateSize({ animate: false });
      if (seen) { map.fitBounds(seen, { animate: false }); }
    });
  }

  function trouble(key) {
    P.fill(P.cardBox, node('p', { class: 'trouble', role: 'alert' }, P.say(key)));
  }

  P.start = function (map) {
    P.map = map;
    ['ground', 'marks'].forEach(function (name, i) {
      map.createPane(name).style.zIndex = 300 + 100 * i;
    });
    P.ground = new P.Canvas(function (context, view) {
      context.clearRect(0, 0, view.width, view.height);
      if (P.shapes) { P.paintGround(context, view); }
    }, { pane: 'ground' });
    P.marks = new P.Canvas(P.paintMarks, { pane: 'marks' });
    P.cardBox = node('div', { id: 'card' });
    map.getContainer().appendChild(P.cardBox);
    L.DomEvent.disableClickPropagation(P.cardBox);
    L.DomEvent.disableScrollPropagation(P.cardBox);
    P.cardBox.addEventListener('keydown', function (event) {
      if (event.key === 'Escape') { event.stopPropagation(); P.pick(null); }
    });
    furniture(map);
    P.ground.addTo(map);
    P.marks.addTo(map);
    sitePins(map);
    P.speak(P.language);
    printing(map);
    if (P.damaged) { trouble('map.broken'); return; }
    try { P.shapes = P.unpack(); } catch (error) { trouble('map.broken'); return; }
    map.invalidateSize({ animate: false });
    fit(map);
    spread(map);
    pointer(map);
    P.each('start', map);
    P.ground.redraw();
    P.marks.redraw();
    document.body.classList.add('ready');
  };
})(window.Planner);
