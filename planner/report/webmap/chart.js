// Coverage against the number of new sites; the chart chooses how many of the build order are shown.
(function (P) {
  'use strict';
  var data = P.data, node = P.node, svg = P.svg, summary = data.summary, sites = summary.proposed_sites;
  var city = summary.walking_coverage.baseline.city, total = city.total;
  var box = { wide: 322, high: 214, left: 50, right: 12, top: 10, bottom: 44 };
  P.first = null; // null: every site of the plan

  function share(people) { return P.isNumber(people) && total > 0 ? people / total : null; }

  // {n, best, bound, nested} as shares, null where not told
  P.curve = (function () {
    var points = {};
    function at(n) { points[n] = points[n] || { n: n, best: null, bound: null, nested: null, people: null }; return points[n]; }
    (summary.frontier || []).forEach(function (f) {
      Object.assign(at(f.sites), { best: f.share, bound: share(f.bound), nested: share(f.nested), people: f.nested });
    });
    at(0).nested = city.share;
    sites.forEach(function (site, i) {
      if (P.isNumber(site.cumulative_share)) { at(i + 1).nested = site.cumulative_share; } else { at(i + 1); }
    });
    return Object.keys(points).map(function (n) { return points[n]; }).sort(function (a, b) { return a.n - b.n; });
  })();
  var most = P.curve[P.curve.length - 1].n;

  function point(n) { return P.curve.filter(function (p) { return p.n === n; })[0] || { n: n }; }

  P.isLater = function (i) { return P.first !== null && i >= P.first; };

  P.chooseFirst = function (n) {
    n = n === null || n === undefined ? null : Math.max(0, Math.min(most, Math.round(n)));
    if (n === P.first) { return; }
    P.first = n;
    show();
    P.each('first', n);
  };

  function fade() {
    (P.pinList || []).forEach(function (pin, i) { pin.setOpacity(P.isLater(i) ? 0.3 : 1); });
  }

  function show() {
    var section = P.at('panel-sites'), held = document.activeElement && document.activeElement.id;
    if (section) {
      P.fill(section, [node('h2', { class: 'print-only' }, P.say('map.tab.sites')), P.panel.sites()]);
      if (/^curve/.test(held) && P.at(held)) { P.at(held).focus(); }
    }
    fade();
    if (P.marks && P.map) { P.marks.redraw(); P.redrawSides(); }
  }

  function scales() {
    var all = [];
    P.curve.forEach(function (p) { all.push(p.best, p.bound, p.nested); });
    P.scenarios.slice(1).forEach(function (s) {
      s.summary.frontier.forEach(function (f) { all.push(f.share); });
    });
    all = all.filter(P.isNumber);
    var low = Math.min.apply(null, all), high = Math.max.apply(null, all), step = 0.01;
    [0.02, 0.05, 0.1, 0.2].forEach(function (next) { if ((high - low) / step > 4) { step = next; } });
    low = Math.floor(low / step + 1e-9) * step;
    high = Math.max(low + step, Math.ceil(high / step - 1e-9) * step);
    var wide = box.wide - box.left - box.right, tall = box.high - box.top - box.bottom;
    return { low: low, high: high, step: step,
      x: function (n) { return box.left + wide * n / Math.max(1, most); },
      y: function (v) { return box.top + tall * (1 - (v - low) / (high - low)); },
      n: function (x) { return (x - box.left) / wide * Math.max(1, most); } };
  }

  function path(at, points, key, turn) {
    var told = points.filter(function (p) { return P.isNumber(p[key]); });
    if (turn) { told = told.slice().reverse(); }
    return told.map(function (p, i) {
      return (i || turn ? 'L' : 'M') + at.x(p.n).toFixed(1) + ' ' + at.y(p[key]).toFixed(1);
    }).join('');
  }

  function text(words, attributes) {
    var made = svg('text', attributes);
    made.textContent = words;
    return made;
  }

  function axes(at) {
    var parts = [], v, n, every = most > 24 ? 10 : most > 10 ? 5 : most > 5 ? 2 : 1;
    for (v = at.low; v <= at.high + 1e-9; v += at.step) {
      parts.push(svg('path', { d: 'M' + box.left + ' ' + at.y(v) + 'H' + (box.wide - box.right), stroke: '#dde3e8' }));
      parts.push(text(Math.round(100 * v) + '%', { x: box.left - 6, y: at.y(v) + 5, 'text-anchor': 'end' }));
    }
    for (n = 0; n <= most; n += every) {
      parts.push(text(n, { x: at.x(n), y: box.high - box.bottom + 17, 'text-anchor': 'middle' }));
    }
    parts.push(text(P.say('map.curve.x'), { x: (box.left + box.wide - box.right) / 2, y: box.high - 6, 'text-anchor': 'middle' }));
    return parts;
  }

  function lines(at) {
    var both = P.curve.filter(function (p) { return P.isNumber(p.best) && P.isNumber(p.bound); }), parts = [];
    if (both.length > 1) {
      parts.push(svg('path', { class: 'band', fill: '#b8cbdc', stroke: '#b8cbdc', 'stroke-width': 2,
        d: path(at, both, 'bound') + path(at, both, 'best', true) + 'Z' }));
    }
    P.scenarios.slice(1).forEach(function (s, i) {
      var told = s.summary.frontier.filter(function (f) { return P.isNumber(f.share); }), last = told[told.length - 1];
      if (!last) { return; }
      parts.push(svg('path', { d: path(at, told.map(function (f) { return { n: f.sites, best: f.share }; }), 'best'),
        fill: 'none', stroke: '#7a8792', 'stroke-width': 1.5 }));
      parts.push(text(P.letter(i + 1), { x: at.x(Math.min(last.sites, most)) - 4, y: at.y(last.share) - 5, 'text-anchor': 'end' }));
    });
    if (P.isNumber(city.share)) {
      parts.push(svg('path', { d: 'M' + box.left + ' ' + at.y(city.share) + 'H' + (box.wide - box.right),
        stroke: '#53626e', 'stroke-dasharray': '2 4', 'stroke-width': 1.5 }));
      parts.push(text(P.say('map.curve.today', { share: P.percent(city.share) }),
        { x: box.wide - box.right, y: at.y(city.share) - 5, 'text-anchor': 'end' }));
    }
    parts.push(svg('path', { class: 'best', d: path(at, P.curve, 'best'), fill: 'none', stroke: '#12324a', 'stroke-width': 2.5 }));
    parts.push(svg('path', { class: 'nested', d: path(at, P.curve, 'nested'), fill: 'none', stroke: '#c51b7d',
      'stroke-width': 2.5, 'stroke-dasharray': '6 4' }));
    P.curve.forEach(function (p) {
      if (P.isNumber(p.nested)) { parts.push(svg('circle', { cx: at.x(p.n), cy: at.y(p.nested), r: 3, fill: '#c51b7d' })); }
    });
    return parts;
  }

  function chosen() { return P.first === null ? sites.length : P.first; }

  function mark(at) {
    var n = chosen(), p = point(n), v = P.isNumber(p.nested) ? p.nested : p.best;
    return [svg('path', { class: 'chosen', d: 'M' + at.x(n) + ' ' + box.top + 'V' + (box.high - box.bottom),
      stroke: '#12324a', 'stroke-width': 1.5 })].concat(P.isNumber(v) ?
      [svg('circle', { cx: at.x(n), cy: at.y(v), r: 6, fill: '#c51b7d', stroke: '#fff', 'stroke-width': 2 })] : []);
  }

  function valueText() {
    var n = chosen(), p = point(n);
    return P.say('map.curve.value', { n: n, share: P.percent(P.isNumber(p.nested) ? p.nested : p.best) });
  }

  function drawing() {
    var at = scales(), frame = svg('rect', { class: 'frame', x: 1, y: 1, width: box.wide - 2, height: box.high - 2,
      fill: 'rgba(255,255,255,0)', rx: 4 });
    var made = svg('svg', { id: 'curve', viewBox: '0 0 ' + box.wide + ' ' + box.high, role: 'slider', tabindex: 0,
      'aria-label': P.say('map.curve.choose'), 'aria-valuemin': 0, 'aria-valuemax': most, 'aria-valuenow': chosen(),
      'aria-valuetext': valueText() }, axes(at).concat(lines(at), mark(at), [frame]));
    made.addEventListener('click', function (event) {
      var place = made.getBoundingClientRect();
      made.focus();
      P.chooseFirst(at.n((event.clientX - place.left) * box.wide / place.width));
    });
    made.addEventListener('keydown', function (event) {
      var next = { ArrowLeft: chosen() - 1, ArrowDown: chosen() - 1, ArrowRight: chosen() + 1,
        ArrowUp: chosen() + 1, Home: 0, End: most }[event.key];
      if (next === undefined) { return; }
      event.preventDefault();
      P.chooseFirst(next);
    });
    return made;
  }

  function figures() {
    var n = chosen(), p = point(n), parts = [];
    if (n <= sites.length) {
      parts.push(P.say('map.curve.told', { n: n, share: P.isNumber(p.nested) ? P.percent(p.nested) : P.say('map.withheld'),
        more: P.isNumber(p.nested) && P.isNumber(city.share) ?
          P.say('map.compare.points', { n: '+' + P.number(100 * (p.nested - city.share), 1) }) : P.say('map.withheld'),
        people: P.people(P.isNumber(p.people) ? p.people : P.isNumber(p.nested) ? p.nested * total : null, true) }));
    }
    if (P.isNumber(p.best) && n > 0) {
      parts.push(P.say(n > sites.length ? 'map.curve.beyond' : 'map.curve.best_told', { n: n, most: sites.length,
        best: P.percent(p.best), bound: P.percent(p.bound) }));
    }
    return node('p', { id: 'curve-told', 'aria-live': 'polite' }, parts.join(P.language === 'zh' ? '' : ' '));
  }

  function asTable() {
    return node('details', {}, node('summary', {}, P.say('map.curve.table')), P.table(
      [P.say('map.curve.x'), P.say('map.curve.nested'), P.say('map.curve.best'), P.say('map.curve.bound')],
      P.curve.map(function (p) {
        return { cells: [p.n, told(p.nested), told(p.best), told(p.bound)] };
      }), 1));
  }

  function told(value) { return P.isNumber(value) ? P.percent(value) : '—'; }

  function key() {
    var band = P.curve.some(function (p) { return P.isNumber(p.best); });
    return node('div', { class: 'key', 'aria-hidden': 'true' }, node('span', {}, node('i', { class: 'nested' }), P.say('map.curve.nested')),
      band ? [node('span', {}, node('i', {}), P.say('map.curve.best')),
        node('span', {}, node('i', { class: 'band' }), P.say('map.curve.bound'))] : null);
  }

  var table = P.panel.sites;
  P.panel.sites = function () {
    var rest = [].concat(table());
    if (most < 1 || !P.isNumber(city.share)) { return rest; }
    rest.forEach(function (part) {
      if (!part || !part.querySelectorAll) { return; }
      part.querySelectorAll('tbody tr').forEach(function (row, i) { row.classList.toggle('later', P.isLater(i)); });
    });
    return [node('div', { class: 'curve' }, node('h3', {}, P.say('map.curve.title')), drawing(), key(), figures(),
      P.first === null ? null : node('button', { type: 'button', id: 'curve-all',
        click: function () { P.chooseFirst(null); } }, P.say('map.curve.all')))]
      .concat(rest, node('div', { class: 'curve' }, asTable()));
  };

  P.features.push({ start: fade, show: fade });
})(window.Planner);
