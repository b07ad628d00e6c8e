// What if other sites serve: figures added up anew from rows of people by district and sites.
// The same sums as planner/report/whatif.py, in the same order.
(function (P) {
  'use strict';
  var data = P.data, given = data.whatif, node = P.node;
  if (!given) { return; }
  var facilities = data.facilities, communities = data.communities, STATION = { urban: 'elderly_station', rural: 'rural_elderly' };
  var W = P.whatif = { ready: false };

  W.today = function () {
    return { kept: facilities.name.map(function () { return true; }),
      built: given.picks.map(function () { return false; }) };
  };
  W.plan = function () {
    var state = W.today();
    given.closed.forEach(function (i) { state.kept[i] = false; });
    state.built = state.built.map(function () { return true; });
    return state;
  };
  W.state = W.plan();
  W.isPlan = function () {
    var plan = W.plan();
    return W.state.kept.every(function (kept, i) { return kept === plan.kept[i]; }) &&
      W.state.built.every(Boolean);
  };

  function unpack(numbers) {
    var n = given.rows, i, k;
    function column(Type) {
      var made = new Type(n);
      for (i = 0; i < n; i++) { made[i] = numbers.next(); }
      return made;
    }
    var rows = { at: column(Uint16Array), people: column(Float64Array), start: new Uint32Array(n + 1) };
    var size = column(Uint32Array);
    for (i = 0; i < n; i++) { rows.start[i + 1] = rows.start[i] + size[i]; }
    rows.site = new Uint32Array(rows.start[n]);
    for (i = 0; i < n; i++) {
      var site = 0;
      for (k = rows.start[i]; k < rows.start[i + 1]; k++) { site += numbers.next(); rows.site[k] = site; }
    }
    return rows;
  }

  // people within reach by district, in tenths
  function people(state) {
    var rows = W.rows, sites = new Uint8Array(given.serving.length + given.picks.length);
    given.serving.forEach(function (facility, i) { sites[i] = state.kept[facility] ? 1 : 0; });
    state.built.forEach(function (built, i) { sites[given.serving.length + i] = built ? 1 : 0; });
    var found = given.districts.map(function () { return { reached: 0, older: 0 }; });
    for (var i = 0; i < given.rows; i++) {
      var district = found[rows.at[i]];
      district.older += rows.people[i];
      for (var k = rows.start[i]; k < rows.start[i + 1]; k++) {
        if (sites[rows.site[k]]) { district.reached += rows.people[i]; break; }
      }
    }
    return found;
  }

  function space(state) {
    var floor = communities.code.map(function () { return 0; }), listed = false, found = {};
    facilities.kind.forEach(function (kind, i) {
      if (kind !== 'community_space') { return; }
      listed = true;
      var home = facilities.community[i];
      if (!state.kept[i] || home < 0) { return; }
      floor[home] += given.area[i] === null ? NaN : given.area[i];
    });
    communities.code.forEach(function (_, i) {
      var all = given.households[i], kind = communities.kind[i];
      if (!STATION[kind] || !listed || !P.isNumber(floor[i]) || !(all > 0)) { return; }
      ['city', kind, countyOf(i)].forEach(function (key) {
        var group = found[key] = found[key] || { known: 0, meeting: 0, floor: 0, households: 0 };
        group.known++;
        if (floor[i] / all * 100 >= given.norm) { group.meeting++; }
        group.floor += floor[i];
        group.households += all;
      });
    });
    return found;
  }

  function countyOf(i) { return data.counties.code[communities.county[i]] || ''; }

  function units(state) {
    var having = {}, found = {};
    facilities.kind.forEach(function (kind, i) {
      if (state.kept[i]) { having[facilities.community[i] + '/' + kind] = true; }
    });
    state.built.forEach(function (built, i) {
      if (built) { having[given.picks[i].community + '/new'] = true; }
    });
    communities.kind.forEach(function (kind, i) {
      if (!STATION[kind]) { return; }
      var has = having[i + '/' + STATION[kind]] || having[i + '/new'];
      [kind, countyOf(i) + '/' + kind].forEach(function (key) {
        var group = found[key] = found[key] || { has: 0, units: 0 };
        group.units++;
        if (has) { group.has++; }
      });
    });
    return found;
  }

  W.figures = function (state) {
    return { people: people(state), space: space(state), units: units(state) };
  };

  W.city = function (figures) {
    return figures.people.reduce(function (sum, one) {
      return { reached: sum.reached + one.reached, older: sum.older + one.older };
    }, { reached: 0, older: 0 });
  };

  // ---- the page

  W.set = function (change) {
    change(W.state);
    var begin = performance.now();
    W.now = W.figures(W.state);
    W.took = performance.now() - begin;
    P.figures();
    pins();
    P.marks.redraw();
    if (W.tell) { W.tell(); }
  };

  function pins() {
    var at = {};
    given.picks.forEach(function (pick, i) { at[pick.site] = W.state.built[i]; });
    (P.pinList || []).forEach(function (pin, site) {
      var icon = pin.getElement();
      if (icon && at[site] !== undefined) { icon.classList.toggle('left-out', !at[site]); }
    });
  }

  // [label, value, small] into a card, instead of what the plan gives
  function replace(kind, parts) {
    var card = document.querySelector('#figures .figure.' + kind);
    card.classList.add('what-if');
    P.append(card.querySelector('h2'), node('span', { class: 'whatif-mark' }, P.say('map.whatif.mark')));
    P.fill(card.querySelector('.pair'), parts.map(function (part) {
      return node('div', {}, node('span', { class: 'label' }, part[0]), node('span', { class: 'big' }, part[1]),
        part[2] ? node('span', { class: 'small' }, part[2]) : null);
    }));
  }

  function share(city) { return P.percent(city.older ? city.reached / city.older : NaN); }

  W.share = share;

  function cards() {
    if (!W.ready || W.isPlan()) { return; }
    var city = W.city(W.now), today = W.city(W.before);
    var rest = [P.say('map.whatif.line'), share(city), P.people(city.reached / 10) + ' / ' + P.people(city.older / 10)];
    replace('walking', [[P.word('state', 'baseline'), share(today)],
      [P.word('state', 'planned'), share(W.city(W.planned))], rest]);
    replace('units', ['urban', 'rural'].map(function (kind) {
      var u = W.now.units[kind] || { has: 0, units: 0 };
      return [P.say('map.figure.' + kind), P.percent(u.has / u.units), u.has + ' / ' + u.units];
    }));
    replace('space', ['urban', 'rural'].map(function (kind) {
      var s = W.now.space[kind];
      return [P.say('map.figure.' + kind), s ? P.number(s.floor / s.households * 100, 1) : P.say('map.none'),
        s ? P.say('map.figure.meeting', { share: P.percent(s.meeting / s.known), n: s.meeting + '/' + s.known }) : null];
    }));
    var closed = W.state.kept.filter(function (kept) { return !kept; }).length;
    replace('plan', [[P.say('map.figure.sites'), P.say('map.figure.places', { n: W.state.built.filter(Boolean).length })],
      [P.say('map.whatif.closed'), P.say('map.figure.places', { n: closed })]]);
    P.fill(document.querySelector('#figures .figure.plan').lastChild, P.say('map.whatif.unproven'));
  }

  var plain = P.figures;
  P.figures = function () { plain(); cards(); };

  function paint(context, view) {
    var size = P.symbolSize(view.zoom), plan = W.plan();
    W.state.kept.forEach(function (kept, i) {
      if (kept || !plan.kept[i] || !P.state.kinds[facilities.kind[i]]) { return; }
      var x = P.places.facilities.x[i] * view.scale - view.left, y = P.places.facilities.y[i] * view.scale - view.top;
      var look = P.data.colours.facilities[facilities.kind[i]];
      P.drawSymbol(context, look[0], x, y, size, '#8a8a8a');
      context.beginPath();
      context.moveTo(x - size, y - size); context.lineTo(x + size, y + size);
      context.moveTo(x - size, y + size); context.lineTo(x + size, y - size);
      context.lineWidth = 2;
      context.strokeStyle = '#333333';
      context.stroke();
    });
  }

  P.features.push({
    paint: paint,
    show: pins,
    first: function (n) { // the curve of coverage chose so many of the build order
      if (!W.ready) { return; }
      W.set(function (state) {
        state.built = state.built.map(function (_, i) { return n === null || i < n; });
      });
    },
    start: function () {
      W.rows = unpack(P.numbers(given.packed));
      W.before = W.figures(W.today());
      W.planned = W.figures(W.plan());
      W.ready = true;
      W.set(function () { return undefined; });
      if (P.tab === 'whatif') { P.panels(); }
    }
  });
})(window.Planner);
