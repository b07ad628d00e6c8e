// The tab that compares: how to show, who gains and loses, key figures, what differs.
(function (P) {
  'use strict';
  var data = P.data, node = P.node, view = P.comparing, scenarios = P.scenarios;
  var many = scenarios.length > 1;

  function pair() { return [view.sides[0], view.sides[1]]; }

  // ---- how to show

  function ways() {
    var names = ['single', 'swipe', 'panes'].concat(many ? ['change'] : []);
    return node('div', { class: 'ways', role: 'radiogroup', 'aria-label': P.say('map.compare.ways') },
      names.map(function (way) {
        var box = node('input', { type: 'radio', name: 'way', id: 'way-' + way });
        box.checked = view.way === way;
        box.addEventListener('change', function () { choose({ way: way }, 'way-' + way); });
        return node('label', { class: 'row' }, box, node('span', { class: 'text' }, P.say('map.compare.way.' + way)));
      }));
  }

  // the panels are made anew; the keyboard stays where it was
  function choose(what, id) {
    P.compare(what);
    var made = P.at(id);
    if (made) { made.focus(); }
  }

  function select(id, label, chosen, change) {
    var box = node('select', { id: id });
    P.states.forEach(function (_, at) {
      var option = node('option', { value: at }, P.stateTag(at));
      option.selected = at === chosen;
      box.appendChild(option);
    });
    box.addEventListener('change', function () { change(Number(box.value)); });
    return node('div', { class: 'choose' }, node('label', { for: id }, label), box);
  }

  function sides() {
    var count = view.way === 'panes' ? view.sides.length : 2;
    if (view.way === 'single' && many) {
      return select('one', P.say('map.compare.shown'), view.one, function (at) { choose({ one: at }, 'one'); });
    }
    if (P.states.length < 3) { return null; }
    return [view.sides.slice(0, count).map(function (chosen, k) {
      var label = view.way === 'panes' ? P.say('map.compare.pane', { n: k + 1 }) :
        P.say('map.compare.' + (view.way === 'change' ? ['before', 'after'] : ['left', 'right'])[k]);
      return select('side-' + k, label, chosen, function (at) {
        var next = view.sides.slice();
        next[k] = at;
        choose({ sides: next }, 'side-' + k);
      });
    }), view.way === 'panes' ? node('div', { class: 'choose' },
      count < Math.min(4, P.states.length) ? node('button', { type: 'button', id: 'more', click: function () {
        var free = P.states.map(function (_, at) { return at; }).filter(function (at) {
          return view.sides.indexOf(at) < 0;
        });
        choose({ sides: view.sides.concat(free[0]) }, 'more');
      } }, P.say('map.compare.more')) : null,
      count > 2 ? node('button', { type: 'button', id: 'fewer', click: function () {
        choose({ sides: view.sides.slice(0, -1) }, 'fewer');
      } }, P.say('map.compare.fewer')) : null) : null];
  }

  function shown() { return view.way === 'panes' ? view.sides : view.sides.slice(0, 2); }

  // communities per class of every side that is shown; in the legend as well
  P.countsBeside = function () {
    if (view.way !== 'swipe' && view.way !== 'panes') { return null; }
    return shown().map(function (at) { return P.classCounts(P.modes[P.states[at].mode]); });
  };

  function classes() {
    if (view.way === 'single' && !many) { return null; }
    return node('div', { class: 'class-rows' }, node('h3', {}, P.say('map.compare.classes')), node('p', {}, view.way === 'single' ? P.stateTag(view.one) : view.way === 'change' ?
      P.say('map.compare.counts', { before: P.stateTag(pair()[0]), after: P.stateTag(pair()[1]) }) :
      shown().map(P.stateName).join(' → ')), P.classRows());
  }

  // ---- difference of two states, in percentage points

  P.modes.change = {
    breaks: [-0.2, -0.02, 0.02, 0.2], people: true, withheld: data.communities.withheld, values: [],
    fills: data.colours.change || ['#e66101', '#fdb863', '#f7f7f7', '#b2abd2', '#5e3c99'],
    label: function (at) { return P.say('map.compare.class.' + at); }
  };

  function setChange() {
    var from = P.modes[P.states[view.sides[0]].mode].values, to = P.modes[P.states[view.sides[1]].mode].values;
    P.modes.change.values = Array.from(from).map(function (value, i) {
      return P.isNumber(value) && P.isNumber(to[i]) ? Math.round(1e6 * (to[i] - value)) / 1e6 : null;
    });
  }

  var compare = P.compare;
  P.compare = function (what) {
    Object.assign(view, { sides: what.sides || view.sides });
    setChange();
    compare(what);
  };
  setChange();

  // ---- who gains, who loses

  // {rows: [[community, change]], hidden}, largest change of either sort first
  P.movers = function (from, to) {
    var a = P.states[from].reached, b = P.states[to].reached, rows = [], hidden = 0, same = 0;
    a.forEach(function (before, i) {
      if (!P.isNumber(before) || !P.isNumber(b[i])) { hidden += data.communities.withheld[i] ? 1 : 0; return; }
      var change = Math.round(10 * (b[i] - before)) / 10;
      if (change) { rows.push([i, change]); } else { same++; }
    });
    rows.sort(function (x, y) {
      return y[1] - x[1] || (data.communities.code[x[0]] < data.communities.code[y[0]] ? -1 : 1);
    });
    return { rows: rows, hidden: hidden, same: same };
  };

  // people who come within reach from one state to the other; null where not told
  P.moved = function (from, to) {
    if (data.compare) { return data.compare.moves[from][to]; }
    if (from >= to) { return 0; }
    var walking = data.summary.walking_coverage, was = walking.baseline.city.covered;
    return P.isNumber(was) ? walking.planned.city.covered - was : null;
  };

  function sign(value) { return value > 0 ? '+' : value < 0 ? '−' : '±'; }

  function signed(value, digits) {
    return sign(value) + P.number(Math.abs(value), digits);
  }

  function movers() {
    var from = pair()[0], to = pair()[1], found = P.movers(from, to), c = data.communities;
    var more = found.rows.filter(function (row) { return row[1] > 0; });
    var less = found.rows.filter(function (row) { return row[1] < 0; }).reverse();
    function list(id, title, rows) {
      if (!rows.length) { return null; }
      var made = P.table([title, P.say('map.compare.change')], rows.slice(0, 10).map(function (row) {
        return { pick: function () { P.pick({ what: 'community', at: row[0] }, true); },
          cells: [P.short(c.name[row[0]]), signed(row[1], 0)] };
      }), 1);
      made.id = id;
      made.querySelectorAll('td.number').forEach(function (cell) { cell.classList.add(id === 'gainers' ? 'more' : 'less'); });
      return made;
    }
    var gained = P.moved(from, to), lost = P.moved(to, from);
    return [node('h3', {}, P.say('map.compare.moves', { from: P.stateName(from), to: P.stateName(to) })),
      gained === null && lost === null ? null : node('p', { id: 'moved' },
        P.say('map.compare.gaining', { n: P.people(gained, true) }), node('br', {}),
        P.say('map.compare.losing', { n: P.people(lost, true) })),
      node('p', { class: 'hint' }, P.say('map.compare.net', { more: more.length, less: less.length,
        same: found.same, hidden: found.hidden })),
      list('gainers', P.say('map.compare.gainers'), more),
      list('losers', P.say('map.compare.losers'), less) ||
        node('p', { class: 'hint' }, P.say('map.compare.nobody'))];
  }

  // ---- several scenarios: figures, and what differs

  function figureRows() {
    var rows = [], first = scenarios[0].summary;
    function add(name, read, share, digits) {
      rows.push({ name: name, share: share, digits: digits,
        values: scenarios.map(function (s) { return read(s.summary); }) });
    }
    ['city'].concat(data.counties.code).forEach(function (key, i) {
      ['baseline', 'planned'].forEach(function (state) {
        add(P.say('map.compare.coverage', { place: i ? data.counties.name[i - 1] : P.say('map.city'),
          state: P.word('state', state) }), function (s) {
          var place = s.walking_coverage[state][key];
          return place ? place.share : null;
        }, true);
      });
    });
    add(P.say('map.compare.sites'), function (s) { return s.proposed_sites.length; }, false, 0);
    add(P.say('map.compare.gap'), function (s) { return s.optimality.gap; }, true);
    ['urban', 'rural'].forEach(function (kind) {
      add(P.say('map.compare.space', { kind: P.say('map.figure.' + kind) }), function (s) {
        return s.space_ratio[kind].m2_per_100_households;
      }, false, 1);
    });
    add(P.say('map.compare.meeting'), function (s) { return s.space_ratio.share_meeting; }, true);
    Object.keys(first.unit_coverage).sort().reverse().forEach(function (kind) {
      add(P.say('map.compare.units', { kind: P.say('map.figure.' + kind) }), function (s) {
        return s.unit_coverage[kind] ? s.unit_coverage[kind].share : null;
      }, true);
    });
    return rows;
  }

  function difference(row, i) {
    var a = row.values[0], b = row.values[i];
    if (!i || !P.isNumber(a) || !P.isNumber(b)) { return null; }
    return row.share ? sign(b - a) + Math.abs(100 * (b - a)).toFixed(1) : signed(b - a, row.digits);
  }

  function told(row, value) {
    return P.isNumber(value) ? (row.share ? P.percent(value) : P.number(value, row.digits)) : '—';
  }

  function letters() { return scenarios.map(function (_, i) { return P.letter(i); }); }

  function keyFigures() {
    var made = P.table([''].concat(letters()), figureRows().map(function (row) {
      return { cells: [row.name].concat(row.values.map(function (value, i) {
        var apart = difference(row, i);
        return [told(row, value), apart === null ? null : node('small', {}, '(' + apart + ')')];
      })) };
    }), 1);
    made.className = 'figures-table';
    made.id = 'key-figures';
    return [node('h3', { class: 'figures-title' }, P.say('map.compare.figures'),
      node('span', { class: 'apart' }, P.say('map.compare.apart'))), made];
  }

  function differing(kind) {
    return data.compare.parameters.filter(function (row) { return row.differs && row.kind === kind; });
  }

  function valuesOf(row) {
    return row.values.map(function (value, i) {
      return P.say('map.compare.value', { letter: P.letter(i), value: P.either(value) });
    }).join(' / ');
  }

  function listsApart() {
    return data.compare.lists.map(function (list, i) {
      if (!list.more.count && !list.gone.count && !list.moved) { return null; }
      return { text: P.say('map.compare.lists', { letter: P.letter(i + 1), more: list.more.count,
        gone: list.gone.count, moved: list.moved }),
      named: list.more.count + list.gone.count ? P.say('map.compare.named', { letter: P.letter(i + 1),
        more: named(list.more), gone: named(list.gone) }) : null };
    }).filter(Boolean);
  }

  function named(list) {
    return list.count ? list.names.join('、') + (list.count > list.names.length ? '…' : '') : '—';
  }

  function parameters() {
    var apart = data.compare.parameters.filter(function (row) { return row.differs; });
    var made = P.table([''].concat(letters()), apart.map(function (row) {
      return { cells: [P.either(row.name)].concat(row.values.map(P.either)) };
    }), 9);
    made.className = 'figures-table';
    made.id = 'parameters';
    return [node('h3', {}, P.say('map.compare.parameters')), apart.length ? made : null,
      listsApart().map(function (list) { return [node('p', {}, list.text), list.named ? node('p', {}, list.named) : null]; }),
      node('p', { class: 'hint' }, P.say('map.compare.same'))];
  }

  function siteTables() {
    return scenarios.slice(1).map(function (scenario, i) {
      return [node('h3', {}, P.say('map.compare.built', { letter: P.letter(i + 1) })), P.table(
        [P.say('map.sites.order'), P.say('map.sites.name'), P.say('map.sites.gain'), P.say('map.sites.share')],
        scenario.summary.proposed_sites.map(function (site) {
          return { pick: function () { P.map.setView([site.lat, site.lon], Math.max(P.map.getZoom(), 13.5), { animate: false }); },
            cells: [node('span', { class: 'pin' }, site.order), site.name, P.people(site.gain, true),
              P.percent(site.cumulative_share)] };
        }), 2)];
    });
  }

  function banner() {
    var apart = differing('measure').map(function (row) {
      return P.say('map.compare.differs', { name: P.either(row.name), values: valuesOf(row) });
    }).concat(listsApart().map(function (list) { return list.text; }));
    if (!apart.length) { return null; }
    return node('div', { class: 'differ', role: 'alert', id: 'differ', tabindex: '0' },
      node('strong', {}, P.say('map.compare.differ')), P.language === 'zh' ? ':' : ': ',
      apart.join(P.language === 'zh' ? ';' : '; '));
  }

  function scenarioCard(scenario, i) {
    var walking = scenario.summary.walking_coverage, title = P.letter(i) + ' ' + P.either(scenario.title);
    return node('article', { class: 'figure walking' }, node('h2', { title: title }, title),
      node('div', { class: 'pair' }, ['baseline', 'planned'].map(function (state) {
        var city = walking[state].city;
        return node('div', {}, node('span', { class: 'label' }, P.word('state', state)),
          node('span', { class: 'big' }, P.isNumber(city.share) ? P.percent(city.share) : '—'),
          node('span', { class: 'small' }, P.people(city.covered, true) + ' / ' + P.people(city.total, true)));
      })), node('p', {}, P.say('map.compare.card', { n: scenario.summary.proposed_sites.length,
        gap: P.percent(scenario.summary.optimality.gap) })));
  }

  if (many) {
    P.figures = function () {
      P.at('figures').className = 'many many-' + scenarios.length;
      P.fill(P.at('figures'), [banner()].concat(scenarios.map(scenarioCard)));
    };
    var card = P.card;
    P.card = function () {
      var picked = P.state.picked;
      card();
      if (!picked || picked.what !== 'community') { return; }
      var rows = P.states.map(function (state, at) {
        var share = P.modes[state.mode].values[picked.at];
        return { cells: [P.stateName(at), P.people(state.reached[picked.at], data.communities.withheld[picked.at]),
          P.percent(share)] };
      });
      P.cardBox.firstChild.insertBefore(P.table(['', P.say('map.compare.change_people'), P.say('map.curve.y')], rows, 1),
        P.cardBox.querySelector('dl'));
    };
    // the other tabs speak of the first scenario
    ['legend', 'sites', 'communities', 'counties', 'notes'].forEach(function (name) {
      var own = P.panel[name];
      P.panel[name] = function () {
        return [node('p', { class: 'hint' }, P.say('map.compare.of_first', { title: P.either(scenarios[0].title) })), own()];
      };
    });
    var foot = P.foot;
    P.foot = function () {
      foot();
      var walk = P.at('foot').children[1];
      walk.insertBefore(document.createTextNode(P.letter(0) + ' · '), walk.firstChild);
    };
    document.body.classList.add('several', 'several-' + scenarios.length);
    P.tab = 'compare';
  }

  P.addTab('compare', function () {
    return [node('h3', {}, P.say('map.compare.ways')), ways(), sides(), classes(),
      many ? [keyFigures(), parameters()] : null, movers(), many ? siteTables() : null];
  }, 'notes');
})(window.Planner);
