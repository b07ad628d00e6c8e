// The legend is the layer switch: every row shows its sign, its name and its count.
(function (P) {
  'use strict';
  var data = P.data, colours = data.colours, node = P.node;

  function swatch(draw, wide) {
    var canvas = node('canvas', { class: 'sign', 'aria-hidden': 'true' });
    canvas.width = 2 * (wide || 26); canvas.height = 40;
    canvas.style.width = (wide || 26) + 'px';
    var pen = canvas.getContext('2d');
    pen.scale(2, 2);
    draw(pen);
    return canvas;
  }

  function symbol(shape, colour, size) {
    return swatch(function (pen) { P.drawSymbol(pen, shape, 13, 10, size || 12, colour); });
  }

  function patch(fill) {
    return swatch(function (pen) {
      pen.fillStyle = typeof fill === 'string' ? fill : fill(pen);
      pen.globalAlpha = P.fade; pen.fillRect(1, 3, 24, 14); pen.globalAlpha = 1;
      pen.strokeStyle = '#777'; pen.lineWidth = 0.7; pen.strokeRect(1, 3, 24, 14);
    });
  }

  function line(colour, width, dash) {
    return swatch(function (pen) {
      pen.strokeStyle = colour; pen.lineWidth = width; pen.setLineDash(dash || []);
      pen.beginPath(); pen.moveTo(1, 10); pen.lineTo(25, 10); pen.stroke();
    });
  }

  // a row with a box to tick; `sort` is checkbox or radio
  function row(sort, name, ticked, change, sign, text, count) {
    var box = node('input', { type: sort, name: name });
    box.checked = ticked;
    box.addEventListener('change', function () { change(box.checked); });
    return node('label', { class: 'row' + (ticked ? '' : ' off') }, box, sign, node('span', { class: 'text' }, text),
      count === undefined ? null : node('span', { class: 'count' }, count));
  }

  function flip(holder, key) {
    return function (value) { holder[key] = value; P.show(); };
  }

  function modes() {
    var options = ['share', 'sharePlanned', 'ratio', 'none'];
    return options.map(function (name) {
      return row('radio', 'mode', P.state.mode === name, function () { P.state.mode = name; P.show(); },
        null, P.say('map.mode.' + name));
    });
  }

  function classes() {
    var mode = P.modes[P.state.mode];
    if (!mode) { return null; }
    var counts = [0, 0, 0, 0, 0, 0, 0];
    data.communities.code.forEach(function (_, i) { counts[P.classOf(mode, i)]++; });
    var fills = colours.five.concat([
      function (pen) { return P.hatch(pen, colours.withheld, '#b9a98f'); },
      function (pen) { return P.hatch(pen, '#f4f4f4', '#c4c4c4'); }]);
    return node('div', { class: 'classes' }, fills.map(function (fill, at) {
      if (at > 4 && !counts[at]) { return null; }
      return node('div', { class: 'row' }, patch(fill), node('span', { class: 'text' }, P.classLabel(mode, at)),
        node('span', { class: 'count' }, P.say('map.communities.count', { n: counts[at] })));
    }));
  }

  function facilities() {
    var counts = {};
    data.facilities.kind.forEach(function (kind) { counts[kind] = (counts[kind] || 0) + 1; });
    return Object.keys(colours.facilities).filter(function (kind) { return counts[kind]; })
      .map(function (kind) {
        var look = colours.facilities[kind];
        return row('checkbox', 'kind', P.state.kinds[kind], flip(P.state.kinds, kind),
          symbol(look[0], look[1], 13), P.word('facility_kind', kind), counts[kind]);
      });
  }

  function rings() {
    var order = data.catchments.map(function (_, i) { return i; });
    order.sort(function (a, b) {
      var one = data.catchments[a], two = data.catchments[b];
      return one.limit - two.limit || (one.state < two.state ? -1 : 1);
    });
    return order.map(function (i) {
      var ring = data.catchments[i];
      var look = colours.rings[ring.state];
      return row('checkbox', 'ring', P.state.rings[i], flip(P.state.rings, i),
        line(look[0], 2, look[1] === 'dash' ? [5, 3] : []),
        P.say('map.ring', { state: P.word('state', ring.state), limit: P.number(ring.limit) }));
    });
  }

  function demandKey() {
    if (!P.state.on.demand) { return null; }
    return node('div', { class: 'classes' }, P.demandStates.map(function (state, at) {
      var n = data.demand.state.filter(function (s) { return s === at; }).length;
      return n ? node('div', { class: 'row' }, symbol('circle', colours.states[state], 10),
        node('span', { class: 'text' }, P.say('map.demand.' + state)), node('span', { class: 'count' }, n)) : null;
    }));
  }

  function pin() {
    return node('span', { class: 'sign' }, node('span', { class: 'pin' }, '1'));
  }

  P.panel.legend = function () {
    var on = P.state.on, sites = data.summary.proposed_sites.length;
    return [
      node('h3', {}, P.say('map.legend.communities')), modes(), classes(),
      node('h3', {}, P.say('map.legend.facilities')), facilities(),
      data.summary.closed.length ? node('div', { class: 'row' }, symbol('cross', '#333333', 13),
        node('span', { class: 'text' }, P.say('map.legend.closed')),
        node('span', { class: 'count' }, data.summary.closed.length)) : null,
      sites ? row('checkbox', 'sites', on.sites, flip(on, 'sites'), pin(), P.say('map.legend.sites'), sites) : null,
      node('h3', {}, P.say('map.legend.rings')), node('div', { class: 'two' }, rings()),
      node('h3', {}, P.say('map.legend.people')),
      row('checkbox', 'demand', on.demand, flip(on, 'demand'), symbol('circle', colours.states.reached, 10),
        P.say('map.legend.demand'), data.demand.older.length),
      demandKey(),
      node('h3', {}, P.say('map.legend.ground')),
      row('checkbox', 'streets', on.streets, flip(on, 'streets'), line('#888', 1.6), P.say('map.legend.streets')),
      data.backdrop.length ? row('checkbox', 'water', on.water, flip(on, 'water'), line('#6fa8d0', 3),
        P.say('map.legend.water')) : null,
      row('checkbox', 'labels', on.labels, flip(on, 'labels'), swatch(function (pen) {
        pen.font = '700 14px ' + P.fonts; pen.textAlign = 'center'; pen.textBaseline = 'middle';
        pen.fillStyle = '#22303c'; pen.fillText(P.say('map.legend.letter'), 13, 10);
      }), P.say('map.legend.labels')),
      node('div', { class: 'row' }, line('#3d4852', 1.6, [9, 3, 2, 3]),
        node('span', { class: 'text' }, P.say('map.legend.counties'))),
      data.findings.rows.length ? row('checkbox', 'findings', on.findings, flip(on, 'findings'),
        symbol('triangle', P.severity.warning, 14), P.say('map.legend.findings'),
        data.findings.rows.filter(function (f) { return f.lon !== null; }).length) : null
    ];
  };
})(window.Planner);
