// Two or more states at once: a divider to move over one map, or maps side by side.
(function (P) {
  'use strict';
  var data = P.data, node = P.node;
  var scenarios = P.scenarios = data.compare ? data.compare.scenarios : [{ summary: data.summary,
    communities: data.communities, rings: data.catchments, facilities: null }];

  // every scenario today and as planned
  P.states = [];
  scenarios.forEach(function (scenario, i) {
    var c = scenario.communities, own = scenario.facilities;
    if (own) { own.places = P.world(own); }
    scenario.sitePlaces = P.world({ lon: scenario.summary.proposed_sites.map(function (s) { return s.lon; }),
      lat: scenario.summary.proposed_sites.map(function (s) { return s.lat; }) });
    ['baseline', 'planned'].forEach(function (state) {
      var planned = state === 'planned', mode = (planned ? 'sharePlanned' : 'share') + (i ? ':' + i : '');
      if (i) {
        P.modes[mode] = { values: planned ? c.sharePlanned : c.share, breaks: data.colours.shareBreaks,
          people: true, withheld: c.withheld };
      }
      P.states.push({
        scenario: i, state: state, mode: mode, rings: scenario.rings, facilities: own,
        layer: 'catchments' + (i ? '_' + i : ''), sites: planned ? scenario.summary.proposed_sites : [],
        places: scenario.sitePlaces, ringOn: ringOn,
        reached: Array.from(c.reached).map(function (n, k) { return P.isNumber(n) && planned ? n + c.newly[k] : n; })
      });
    });
  });

  // of another scenario, a ring is drawn if A's of the same limit is ticked; the longest, if A's longest is
  function ringOn(ring) {
    var last = longest(this.rings), limit = ring.limit === last ? longest(data.catchments) : ring.limit;
    if (ring.limit !== last && limit === longest(data.catchments)) { return false; }
    return data.catchments.some(function (c, i) {
      return c.limit === limit && c.state === ring.state && P.state.rings[i];
    });
  }

  function longest(rings) { return Math.max.apply(null, rings.map(function (c) { return c.limit; })); }

  P.letter = function (i) { return 'ABCD'.charAt(i); };
  P.stateName = function (at) {
    var s = P.states[at], state = P.word('state', s.state);
    return scenarios.length > 1 ? P.say('map.compare.state', { letter: P.letter(s.scenario), state: state }) : state;
  };
  P.stateTag = function (at) {
    var title = scenarios[P.states[at].scenario].title;
    return P.stateName(at) + (title ? ' · ' + P.either(title) : '');
  };

  // way: single, swipe, panes, change; sides: states from left to right; one: state of a single map
  var view = P.comparing = { way: 'single', at: 0.5, one: 0,
    sides: scenarios.length > 1 ? scenarios.map(function (_, i) { return 2 * i + 1; }) : [0, 1] };
  var swipe = null, panes = [], holder = null, marks = null, before = null, pointerX = 0;

  P.mainSide = function () {
    if (view.way === 'change') { return Object.assign({}, P.states[view.sides[1]], { mode: 'change' }); }
    if (view.way !== 'single') { return P.states[view.sides[0]]; }
    return P.states[view.one].scenario ? P.states[view.one] : null;
  };

  // where the numbers of a side's sites stand, in pixels of the world; they keep apart
  function spots(side, scale) {
    return P.apart(side.sites.map(function (_, i) {
      return L.point(side.places.x[i] * scale, side.places.y[i] * scale);
    }), 25);
  }

  P.paintSites = function (context, at, side) {
    spots(side, at.scale).forEach(function (spot, i) {
      if (side.scenario === 0 && !P.siteShown(i)) { return; }
      var x = spot.x - at.left, y = spot.y - at.top;
      if (!(x > -20 && y > -20 && x < at.width + 20 && y < at.height + 20)) { return; }
      context.globalAlpha = side.scenario === 0 && P.isLater(i) ? 0.3 : 1;
      context.beginPath();
      context.moveTo(side.places.x[i] * at.scale - at.left, side.places.y[i] * at.scale - at.top);
      context.lineTo(x, y);
      context.lineWidth = 2;
      context.strokeStyle = data.colours.site;
      context.stroke();
      P.drawSymbol(context, 'circle', x, y, 24, data.colours.site);
      context.fillStyle = '#fff';
      context.font = '700 14px ' + P.fonts;
      context.textAlign = 'center';
      context.textBaseline = 'middle';
      context.fillText(side.sites[i].order, x, y + 1);
      context.globalAlpha = 1;
    });
  };

  function canvases(map, side) {
    function clearing(paint) {
      return function (context, at) {
        context.clearRect(0, 0, at.width, at.height);
        if (P.shapes) { paint(context, at, side()); }
      };
    }
    return [new P.Canvas(clearing(P.paintGround), { pane: 'ground2' }),
      new P.Canvas(clearing(P.paintMarks), { pane: 'marks2' })].map(function (canvas) {
      return canvas.addTo(map);
    });
  }

  function twoPanes(map) {
    [['ground2', 310], ['marks2', 410]].forEach(function (name) {
      if (!map.getPane(name[0])) { map.createPane(name[0]).style.zIndex = name[1]; }
    });
  }

  // ---- swipe

  function openSwipe() {
    var map = P.map, bar = node('div', { class: 'swipe', role: 'slider', tabindex: '0', id: 'divider',
      'aria-orientation': 'horizontal', 'aria-valuemin': '0', 'aria-valuemax': '100' },
      node('span', { class: 'tag left' }), node('span', { class: 'grip', 'aria-hidden': 'true' }, '◂▸'),
      node('span', { class: 'tag right' }));
    twoPanes(map);
    swipe = { bar: bar, right: canvases(map, function () { return P.states[view.sides[1]]; }) };
    map.getContainer().appendChild(bar);
    L.DomEvent.disableClickPropagation(bar);
    bar.addEventListener('pointerdown', function (event) {
      event.preventDefault();
      bar.focus();
      bar.setPointerCapture(event.pointerId);
    });
    bar.addEventListener('pointermove', function (event) {
      if (!bar.hasPointerCapture(event.pointerId)) { return; }
      var box = map.getContainer().getBoundingClientRect();
      moveTo((event.clientX - box.left) / box.width);
    });
    bar.addEventListener('keydown', function (event) {
      var step = { ArrowLeft: -0.02, ArrowDown: -0.02, ArrowRight: 0.02, ArrowUp: 0.02, PageDown: -0.1,
        PageUp: 0.1, Home: -1, End: 1 }[event.key];
      if (!step) { return; }
      event.preventDefault();
      event.stopPropagation();
      moveTo(view.at + step);
    });
    map.on('move zoomend resize', cut);
    [P.ground, P.marks].concat(swipe.right).forEach(function (canvas) { canvas.on('update', cut); });
    cut();
  }

  function moveTo(at) {
    view.at = Math.max(0, Math.min(1, at));
    cut();
  }

  // clip the canvases at the line: today's state to its left, the other to its right
  function cut() {
    if (!swipe) { return; }
    var x = Math.round(view.at * P.map.getSize().x), line = P.map.containerPointToLayerPoint([x, 0]).x;
    [P.ground, P.marks].concat(swipe.right).forEach(function (canvas, i) {
      var made = canvas._container;
      if (!made) { return; }
      var at = line - L.DomUtil.getPosition(made).x, wide = parseFloat(made.style.width) || 0;
      at = Math.max(0, Math.min(wide, at));
      made.style.clipPath = i > 1 ? 'inset(0 0 0 ' + at + 'px)' : 'inset(0 ' + (wide - at) + 'px 0 0)';
    });
    swipe.bar.style.left = x + 'px';
    swipe.bar.setAttribute('aria-valuenow', Math.round(100 * view.at));
    swipe.bar.classList.toggle('at-left', view.at < 0.2);
    swipe.bar.classList.toggle('at-right', view.at > 0.8);
  }

  function closeSwipe() {
    if (!swipe) { return; }
    P.map.off('move zoomend resize', cut);
    [P.ground, P.marks].forEach(function (canvas) {
      canvas.off('update', cut);
      canvas._container.style.clipPath = '';
    });
    swipe.right.forEach(function (canvas) { canvas.remove(); });
    swipe.bar.remove();
    swipe = null;
  }

  // ---- side by side

  function maps() { return [P.map].concat(panes.map(function (pane) { return pane.map; })); }

  P.paneMaps = function () { return maps().slice(1); };

  function openPanes() {
    var options = P.map.options, count = view.sides.length;
    before = { center: P.map.getCenter(), zoom: P.map.getZoom(), bounds: P.map.getBounds() };
    document.body.classList.add('panes', 'panes-' + count);
    holder = node('div', { id: 'panes' }, node('div', { class: 'hole' }));
    P.map.getContainer().insertAdjacentElement('afterend', holder);
    holder.appendChild(P.cardBox); // the first map would be too narrow for it
    marks = furnish(P.map.getContainer());
    view.sides.slice(1).forEach(function (_, k) {
      var box = node('div', { class: 'pane', id: 'pane-' + (k + 2) });
      holder.appendChild(box);
      var map = L.map(box, { attributionControl: false, zoomControl: false, zoomAnimation: false,
        inertia: false, zoomSnap: options.zoomSnap, zoomDelta: options.zoomDelta, minZoom: options.minZoom,
        maxZoom: options.maxZoom, center: before.center, zoom: before.zoom });
      twoPanes(map);
      panes.push({ map: map, marks: furnish(box),
        drawn: canvases(map, function () { return P.states[view.sides[k + 1]]; }) });
      map.on('click', function (event) { P.pick(P.under(map, event.latlng)); });
    });
    P.map.invalidateSize({ animate: false });
    P.map.fitBounds(before.bounds, { animate: false });
    align();
    maps().forEach(function (map, k) {
      map.on('move', follow).on('moveend', settle).on('mousemove', cross).on('mouseout', uncross);
    });
    P.map.on('resize', align);
  }

  function furnish(box) {
    var made = { tag: node('div', { class: 'pane-tag' }), across: node('div', { class: 'cross', 'aria-hidden': 'true' }) };
    box.appendChild(made.tag);
    box.appendChild(made.across);
    return made;
  }

  function align() {
    panes.forEach(function (pane) {
      pane.map.invalidateSize({ animate: false, pan: false });
      pane.map.setView(P.map.getCenter(), P.map.getZoom(), { animate: false });
    });
  }

  var leading = false;

  // while one map is dragged the others are carried along; they are painted when it rests
  function follow(event) { lead(event.target, false); }
  function settle(event) { lead(event.target, true); }

  function lead(map, rests) {
    if (leading || !panes.length) { return; }
    leading = true;
    maps().forEach(function (other) {
      if (other === map) { return; }
      if (rests || other.getZoom() !== map.getZoom()) {
        other.setView(map.getCenter(), map.getZoom(), { animate: false });
        return;
      }
      var zoom = map.getZoom();
      other._rawPanBy(other.project(map.getCenter(), zoom).subtract(other.project(other.getCenter(), zoom)).round());
    });
    leading = false;
  }

  function everyMark() { return [marks].concat(panes.map(function (pane) { return pane.marks; })); }

  function cross(event) {
    maps().forEach(function (map, k) {
      var made = everyMark()[k].across, at = map.latLngToContainerPoint(event.latlng);
      made.style.display = map === event.target ? 'none' : 'block';
      made.style.left = at.x + 'px';
      made.style.top = at.y + 'px';
    });
  }

  function uncross() { everyMark().forEach(function (made) { made.across.style.display = 'none'; }); }

  function closePanes() {
    if (!panes.length) { return; }
    P.map.off('move', follow).off('moveend', settle).off('mousemove', cross).off('mouseout', uncross)
      .off('resize', align);
    panes.forEach(function (pane) { pane.map.remove(); });
    marks.tag.remove();
    marks.across.remove();
    P.map.getContainer().appendChild(P.cardBox);
    holder.remove();
    document.body.classList.remove('panes', 'panes-' + (panes.length + 1));
    panes = [];
    P.map.invalidateSize({ animate: false });
    P.map.setView(before.center, before.zoom, { animate: false });
  }

  // ---- the choice

  function name() {
    if (swipe) {
      var left = P.stateTag(view.sides[0]), right = P.stateTag(view.sides[1]);
      swipe.bar.querySelector('.left').textContent = left;
      swipe.bar.querySelector('.right').textContent = right;
      swipe.bar.setAttribute('aria-label', P.say('map.compare.divider', { left: left, right: right }));
      swipe.bar.setAttribute('aria-valuetext', left + ' ' + Math.round(100 * view.at) + '%');
    }
    if (panes.length) {
      everyMark().forEach(function (made, k) { made.tag.textContent = P.stateTag(view.sides[k]); });
    }
  }

  // what: {way, sides, one}
  P.compare = function (what) {
    closeSwipe();
    closePanes();
    Object.assign(view, what);
    var side = P.mainSide();
    P.state.mode = side ? side.mode : P.states[view.one].mode;
    if (view.way === 'swipe') { openSwipe(); }
    if (view.way === 'panes') { openPanes(); }
    document.body.setAttribute('data-way', view.way);
    name();
    P.show();
  };

  function others() {
    return (swipe ? swipe.right : []).concat(panes.reduce(function (all, pane) { return all.concat(pane.drawn); }, []));
  }

  P.redrawSides = function () { others().forEach(function (canvas) { canvas.redraw(); }); };

  // the mode under the pointer names what lies there
  var nameOf = P.nameOf;
  P.nameOf = function (found) {
    if (!swipe || pointerX < view.at) { return nameOf(found); }
    var own = P.state.mode;
    P.state.mode = P.states[view.sides[1]].mode;
    var text = nameOf(found);
    P.state.mode = own;
    return text;
  };

  function siteCard(side, at) {
    var s = side.sites[at];
    P.fill(P.cardBox, node('div', { class: 'card site', role: 'dialog', 'aria-label': s.name },
      node('button', { type: 'button', class: 'close', 'aria-label': P.say('map.card.close'),
        click: function () { P.pick(null); } }, '×'),
      node('h2', {}, P.letter(side.scenario) + ' ' + P.say('map.card.site', { order: s.order, name: s.name })),
      node('dl', {}, node('dt', {}, P.say('map.sites.gain')), node('dd', {}, P.people(s.gain, true)),
        node('dt', {}, P.say('map.sites.share')), node('dd', {}, P.percent(s.cumulative_share)))));
  }

  function pickSite(event) {
    var right = swipe && event.containerPoint.x > view.at * P.map.getSize().x;
    var side = right ? P.states[view.sides[1]] : P.mainSide();
    if (!side || !P.state.on.sites) { return; }
    var where = P.worldAt(P.map, event.latlng), found = spots(side, 1 / where.pixel);
    var places = { x: found.map(function (p) { return p.x * where.pixel; }),
      y: found.map(function (p) { return p.y * where.pixel; }) };
    var at = P.pointAt(places, where, 12, function () { return true; });
    if (at < 0) { return; }
    if (side.scenario) { siteCard(side, at); } else { P.pick({ what: 'site', at: at }); }
  }

  P.features.push({
    start: function (map) {
      var pick = P.pick;
      P.pick = function (picked, go) { pick(picked, go); P.redrawSides(); };
      map.getContainer().addEventListener('mousemove', function (event) {
        var box = map.getContainer().getBoundingClientRect();
        pointerX = (event.clientX - box.left) / box.width;
      }, true);
      map.on('click', pickSite);
      document.addEventListener('keydown', function (event) {
        if (event.key === 'Escape' && view.way !== 'single') { P.compare({ way: 'single' }); }
      });
      ['beforeprint', 'afterprint'].forEach(function (when) {
        window.addEventListener(when, function () { align(); cut(); });
      });
    },
    show: function () {
      var side = P.mainSide();
      if (side && P.state.mode !== side.mode) { // another mode was chosen in the legend
        var chosen = P.state.mode;
        closeSwipe(); closePanes();
        view.way = 'single'; view.one = 0;
        document.body.setAttribute('data-way', 'single');
        P.state.mode = chosen;
        P.show();
        return;
      }
      if (side) { P.pins.remove(); } else {
        P.states.forEach(function (state, at) { if (state.mode === P.state.mode) { view.one = at; } });
      }
      P.redrawSides();
    },
    speak: function () { name(); P.redrawSides(); }
  });
})(window.Planner);
