// Title, key figures, legend and layers, tables, notes.
(function (P) {
  'use strict';
  var data = P.data, summary = data.summary, about = summary.about, node = P.node;

  P.head = function () {
    var other = P.language === 'zh' ? 'en' : 'zh';
    P.fill(P.at('head'), [
      node('div', { class: 'title' }, node('h1', {}, P.either(about.title)),
        node('p', {}, P.either(about.asks))),
      node('div', { class: 'office' },
        node('span', {}, about.office),
        node('span', {}, P.say('map.data_dates', data.dates))),
      node('div', { class: 'tools' }, P.each('tools'),
        node('button', { type: 'button', click: function () { window.print(); } }, P.say('map.print')),
        node('button', { type: 'button', id: 'language', click: function () { P.speak(other); } },
          P.say('map.other_language')))
    ]);
    var notices = [];
    if (about.synthetic) {
      notices.push(node('strong', { class: 'demo' }, '演示数据 DEMONSTRATION DATA'));
      notices.push(node('span', { class: 'long' }, P.say('map.demonstration')));
    }
    notices.push(about.map_review_number ?
      node('span', { class: 'review' }, P.say('map.review', { number: about.map_review_number })) :
      node('strong', { class: 'internal' }, P.say('summary.internal')));
    P.fill(P.at('notices'), notices);
    document.title = P.either(about.title);
    document.documentElement.lang = P.language === 'zh' ? 'zh-CN' : 'en';
  };

  function card(kind, title, parts, note, more) {
    return node('article', { class: 'figure ' + kind }, node('h2', {}, title),
      node('div', { class: 'pair' }, parts.filter(Boolean).map(function (part) {
        return node('div', { class: part[3] || '' }, node('span', { class: 'label' }, part[0]),
          node('span', { class: 'big' }, part[1] === P.say('map.none') ? '—' : part[1]),
          part[2] ? node('span', { class: 'small' }, part[2]) : null);
      })), more || null, node('p', { title: note }, note));
  }

  function ends(range, digits) {
    return P.say('map.range.ends', { low: P.percent(range.low, digits), high: P.percent(range.high, digits) });
  }

  function known(range) { return range && P.isNumber(range.low) && P.isNumber(range.high); }

  // the range over all assumptions, now and planned
  function rangeLine() {
    var range = summary.walking_coverage.range || {};
    var now = (range.baseline || {}).together, planned = (range.planned || {}).together;
    if (!known(now)) { return null; }
    var sources = ['speed', 'snapping', 'network'].filter(function (source) { return range.baseline[source]; })
      .map(function (source) { return P.say('map.range.' + source); }).join(P.say('map.and'));
    var told = ends(now, 0);
    if (known(planned)) { told = P.say('map.range.change', { now: told, planned: ends(planned, 0) }); }
    return node('p', { class: 'range', title: P.say('map.range.meaning', { sources: sources }) },
      P.say('map.figure.range', { range: told, sources: sources }));
  }

  function season() {
    return about.season_factor === 1 ? P.say('table.season.none') :
      P.say('table.season.reduced', { factor: P.number(about.season_factor, 2) });
  }

  function living() {
    var state = about.living, told = P.say('table.living.' + state.over,
      { communities: P.number(state.communities), points: P.number(state.points) });
    return state.lone && state.over !== 'none' ?
      P.say('table.living.lone', { told: told, lone: P.number(state.lone) }) : told;
  }

  function walkingCard() {
    var walking = summary.walking_coverage, other = walking.compare[0];
    var parts = ['baseline', 'planned'].map(function (state) {
      var city = walking[state].city;
      return [P.word('state', state), P.percent(city.share),
        P.people(city.covered, true) + ' / ' + P.people(city.total, true)];
    });
    if (other) {
      parts.push([P.say('map.figure.compare', { group: P.either(data.groups[1]),
        speed: P.number(other.speed_mps, 2) }), P.say('map.figure.change', {
        now: P.percent(other.baseline.city.share), planned: P.percent(other.planned.city.share) }),
      null, 'beside']);
    }
    return card('walking', P.say('map.figure.walking'), parts, P.say(
      about.season_factor === 1 ? 'map.figure.walking_basis' : 'map.figure.walking_basis_season', {
      limit: P.number(walking.limit_min), group: P.either(data.groups[0]), speed: P.number(walking.speed_mps, 2),
        direction: P.say('map.direction.' + about.direction), factor: P.number(about.season_factor, 2),
        date: data.dates.people }), rangeLine());
  }

  function unitCard() {
    var units = summary.unit_coverage;
    return card('units', P.say('map.figure.units'), ['urban', 'rural'].map(function (kind) {
      var u = units[kind];
      return [P.say('map.figure.' + kind), P.percent(u.share), u.with_facility + ' / ' + u.units];
    }), P.say('map.figure.units_basis', { date: units.urban.list_date }));
  }

  function spaceCard() {
    var space = summary.space_ratio;
    return card('space', P.say('map.figure.space'), ['urban', 'rural'].map(function (kind) {
      var s = space[kind];
      return [P.say('map.figure.' + kind), P.number(s.m2_per_100_households, 1),
        s.known ? P.say('map.figure.meeting', { share: P.percent(s.share_meeting),
          n: s.meeting + '/' + s.known }) : P.say('map.none')];
    }), P.say('map.figure.space_basis', { norm: P.number(space.norm_m2_per_100_households, 1),
      definition: P.word('definition', space.households_definition), date: space.households_date }));
  }

  function planCard() {
    var plan = summary.optimality, sites = summary.proposed_sites, known = true, gain = 0;
    sites.forEach(function (s) { if (P.isNumber(s.gain)) { gain += s.gain; } else { known = false; } });
    var gained = summary.walking_coverage.gained; // with facilities closed, gains count from those that stay
    if (summary.tiers.length) { known = false; } // gains of several tiers do not add up
    if (gained) { gain = gained.city; known = P.isNumber(gain); }
    var moved = sites.filter(function (s) { return s.moved_from; }).length;
    var proven = null;
    if (sites.length && P.isNumber(plan.objective) && P.isNumber(plan.bound)) {
      var asShare = ['worst_district', 'districts_in_turn', 'every_variant'].indexOf(plan.question) >= 0;
      var told = function (value) {
        return asShare ? P.percent(value) : P.number(value, plan.question === 'shortest_walk' ? 2 : 0);
      };
      var words = summary.tiers.length ? summary.tiers.map(function (tier) {
        return tier.name + ' ' + P.percent(tier.baseline.share) + ' → ' + P.percent(tier.planned.share);
      }).join(' · ') : plan.question === 'most_people'
        ? P.say('map.figure.proven', { objective: P.people(plan.objective), bound: P.people(plan.bound) })
        : P.say('siting.objective.' + plan.question, { question: P.say('siting.question.' + plan.question),
          unit: P.say('siting.unit.' + plan.least),
          value: told(plan.objective), bound: told(plan.bound) });
      var ages = plan.age_weights;
      if (ages) {
        words = P.say('siting.ages', { young: ages['60'], middle: ages['65'], old: ages['80'],
          value: told(plan.objective), bound: told(plan.bound) });
      }
      proven = node('p', { class: 'proven', title: words }, words);
    }
    return card('plan', P.say('map.figure.plan'), [
      [P.say('map.figure.sites'), P.say('map.figure.places', { n: sites.length }),
        sites.length && known ? P.say('map.figure.gain', { n: P.people(gain) }) : null],
      [P.say('map.figure.gap'), P.percent(plan.gap), P.say('map.figure.proof.' + plan.status)]
    ], (moved ? P.say('map.figure.moved', { n: moved }) + ' · ' : '') + P.say('map.figure.plan_basis', { status: P.say('table.status.' + plan.status,
      { gap: P.percent(plan.gap) }) }), proven);
  }

  P.figures = function () {
    P.fill(P.at('figures'), [walkingCard(), unitCard(), spaceCard(), planCard()]);
  };

  // ---- tabs

  P.tab = 'legend';
  P.tabs = ['legend', 'sites', 'communities', 'counties', 'notes'];

  // what has the keyboard keeps it, though the panels are made anew
  function keyOf(element) {
    if (!element || !P.at('side').contains(element) || P.at('find').contains(element)) { return null; }
    return element.tagName + element.id + (element.name || '') + (element.closest('label') || element).textContent
      .replace(/[\d,]+/g, '');
  }

  function refocus(key) {
    if (!key) { return; }
    Array.prototype.some.call(P.at('side').querySelectorAll('button, input, summary, tr'), function (element) {
      if (keyOf(element) !== key) { return false; }
      element.focus({ preventScroll: true });
      return true;
    });
  }

  // arrow keys move along the tabs
  function step(event) {
    var n = P.tabs.length, at = P.tabs.indexOf(P.tab), to = {
      ArrowRight: at + 1, ArrowLeft: at - 1 + n, Home: 0, End: n - 1 }[event.key];
    if (to === undefined) { return; }
    event.preventDefault();
    P.openTab(P.tabs[to % n]);
    P.at('tab-' + P.tab).focus();
  }

  P.panels = function () {
    var key = keyOf(document.activeElement), scroll = P.at('panels').scrollTop;
    P.at('tabs').onkeydown = step;
    make();
    P.at('panels').scrollTop = scroll;
    refocus(key);
  };

  function make() {
    P.fill(P.at('tabs'), P.tabs.map(function (name) {
      return node('button', { type: 'button', role: 'tab', id: 'tab-' + name,
        'aria-selected': String(P.tab === name), tabindex: P.tab === name ? '0' : '-1', 'aria-controls': 'panel-' + name,
        click: function () { P.openTab(name); } }, P.say('map.tab.' + name));
    }));
    P.fill(P.at('panels'), P.tabs.map(function (name) {
      return node('section', { role: 'tabpanel', id: 'panel-' + name, 'aria-labelledby': 'tab-' + name,
        class: P.tab === name ? 'open' : '' }, node('h2', { class: 'print-only' }, P.say('map.tab.' + name)),
        P.tab === name || PRINTED.indexOf(name) >= 0 ? P.panel[name]() : null);
    }));
  }

  // a tab is filled when it is opened; two also stand on the printed sheet
  var PRINTED = ['legend', 'sites'];

  // a further tab, before another or at the end
  P.addTab = function (name, panel, before) {
    var at = P.tabs.indexOf(before);
    P.tabs.splice(at < 0 ? P.tabs.length : at, 0, name);
    P.panel[name] = panel;
  };

  P.openTab = function (name) {
    P.tab = name; P.panels(); P.at('panels').scrollTop = 0; P.each('changed');
  };

  P.panel = {};

  P.table = table;

  function table(heads, rows, numeric) {
    return node('table', {}, node('thead', {}, node('tr', {}, heads.map(function (head, j) {
      return node('th', { class: j >= numeric ? 'number' : '' }, head);
    }))), node('tbody', {}, rows.map(function (row) {
      return node('tr', row.pick ? { class: 'link', tabindex: '0', press: row.pick } : {},
        row.cells.map(function (cell, j) {
          return node('td', { class: j >= numeric ? 'number' : '' }, cell);
        }));
    })));
  }

  P.panel.sites = function () {
    if (!summary.proposed_sites.length) { return node('p', {}, P.say('table.status.nothing_to_do')); }
    return [node('p', { class: 'hint' }, P.say('map.sites.hint')), summary.tiers.map(function (tier) {
      return node('p', {}, P.say('map.sites.tier', { name: tier.name, limit: P.number(tier.limit_min),
        standing: tier.standing, built: tier.built, baseline: P.percent(tier.baseline.share),
        planned: P.percent(tier.planned.share) }));
    }), table(
      [P.say('map.sites.order'), P.say('map.sites.name'), P.say('map.sites.gain'), P.say('map.sites.share')],
      summary.proposed_sites.map(function (site, i) {
        return { pick: function () { P.pick({ what: 'site', at: i }, true); },
          cells: [node('span', { class: 'pin' }, site.order), site.name,
            P.people(site.gain, true), P.percent(site.cumulative_share)] };
      }), 2)];
  };

  P.panel.counties = function () {
    var c = data.counties, city = summary.walking_coverage;
    var rows = c.code.map(function (code, i) {
      return { pick: function () { P.goTo(i); }, cells: [c.name[i], P.people(c.older[i], true), P.percent(c.share[i]),
        P.percent(c.sharePlanned[i])] };
    });
    rows.unshift({ cells: [P.say('map.city'), P.people(city.baseline.city.total, true),
      P.percent(city.baseline.city.share), P.percent(city.planned.city.share)] });
    return [node('p', { class: 'hint' }, P.say('map.counties.hint')),
      table([P.say('map.counties.name'), P.say('map.older'), P.say('table.state.baseline'),
        P.say('table.state.planned')], rows, 1)];
  };

  P.panel.communities = function () {
    var c = data.communities, order = c.code.map(function (_, i) { return i; });
    function left(i) {
      return P.isNumber(c.older[i]) && P.isNumber(c.reached[i]) ? c.older[i] - c.reached[i] : -1;
    }
    order.sort(function (a, b) { return left(b) - left(a) || (c.code[a] < c.code[b] ? -1 : 1); });
    var box = node('input', { type: 'search', 'aria-label': P.say('map.communities.find'),
      placeholder: P.say('map.communities.find') });
    var list = node('div', {});
    function show() {
      var wanted = box.value.trim().toLowerCase();
      var rows = order.filter(function (i) {
        return !wanted || c.name[i].toLowerCase().indexOf(wanted) >= 0 || c.code[i].indexOf(wanted) === 0;
      }).map(function (i) {
        return { pick: function () { P.pick({ what: 'community', at: i }, true); },
          cells: [P.short(c.name[i]), left(i) < 0 ? P.people(null, c.withheld[i]) : P.people(left(i)),
            P.percent(c.share[i]), P.percent(c.sharePlanned[i])] };
      });
      P.fill(list, table([P.say('map.communities.name'), P.say('map.communities.left'),
        P.say('table.state.baseline'), P.say('table.state.planned')], rows, 1));
    }
    box.addEventListener('input', show);
    show();
    return [node('p', { class: 'hint' }, P.say('map.communities.hint')), box, list];
  };

  function ranges() {
    var range = summary.walking_coverage.range, states = ['baseline', 'planned'];
    if (!range) { return null; }
    states = states.filter(function (state) { return range[state]; });
    var sources = Object.keys(range[states[0]]);
    return [node('h3', {}, P.say('map.notes.range')), table(
      [P.say('map.notes.assumption')].concat(states.map(function (state) { return P.word('state', state); })),
      sources.map(function (source) {
        return { cells: [P.say('spread.source.' + source)].concat(states.map(function (state) {
          var told = range[state][source];
          return told ? (known(told) ? ends(told, 1) : P.say('map.withheld')) : P.say('map.none');
        })) };
      }), 1),
      node('p', { class: 'hint' }, P.say('map.range.meaning', { sources: sources.filter(function (source) {
        return source !== 'together';
      }).map(function (source) { return P.say('map.range.' + source); }).join(P.say('map.and')) }))];
  }

  function reasons() {
    var counts = summary.walking_coverage.reasons;
    if (!counts) { return null; }
    return [node('h3', {}, P.say('map.notes.reasons')), table(
      [P.say('map.notes.reason'), P.say('map.notes.people')], Object.keys(counts).map(function (reason) {
        return { cells: [P.word('reason', reason), P.people(counts[reason], true)] };
      }), 1), node('p', { class: 'hint' }, P.say('map.notes.reasons_basis'))];
  }

  P.panel.notes = function () {
    var space = summary.space_ratio, walking = summary.walking_coverage;
    var speeds = [walking].concat(walking.compare).map(function (walker, i) {
      var group = data.groups[i];
      return ['map.notes.speed', { group: P.either(group), speed: P.number(walker.speed_mps, 2),
        document: group.document, clause: group.clause }];
    });
    var facts = [['map.notes.families', {}]].concat(speeds, [
      ['map.notes.direction', { direction: P.word('direction', about.direction), season: season(),
        slope: P.word('slope', about.slope) }],
      ['map.notes.space', { norm: P.number(space.norm_m2_per_100_households, 1), area: space.area_date,
        definition: P.word('definition', space.households_definition), date: space.households_date }],
      ['map.notes.living', { told: living() }],
      ['map.notes.withheld', { least: data.least }],
      ['map.notes.shapes', {}],
      ['map.notes.findings', summary.findings]
    ]);
    return [node('p', {}, node('a', { href: '../README.md' }, P.say('map.notes.how_to_read'))),
      facts.map(function (fact) { return node('p', {}, P.say(fact[0], fact[1])); }),
      ranges(), reasons(), node('h3', {}, P.say('map.notes.sources')),
      node('ul', {}, data.sources.map(function (source) {
        return node('li', {}, P.word('role', source.role) + ' · ' + source.path +
          (source.date ? ' · ' + source.date : '') + (source.by ? ' · ' + source.by : '') +
          (source.synthetic ? ' · ' + P.say('map.synthetic') : ''));
      })),
      node('h3', {}, P.say('map.notes.findings_list')),
      node('ul', {}, data.findings.rows.slice(0, 60).map(function (finding, i) {
        return node('li', { class: finding.severity },
          node('strong', {}, P.word('severity', finding.severity)), ' ', P.either(finding.what));
      })),
      data.findings.left + Math.max(0, data.findings.rows.length - 60) > 0 ?
        node('p', {}, P.say('map.notes.more')) : null];
  };

  P.foot = function () {
    var sources = P.say('map.foot.sources', { text: data.attribution.join('; ') || P.say('map.none') });
    P.fill(P.at('foot'), [node('span', {}, P.say('map.foot.crs')),
      node('span', {}, P.say('map.foot.direction', { direction: P.word('direction', about.direction),
        season: season(), slope: P.word('slope', about.slope) })),
      about.living.over === 'points' ? null : node('span', { title: living() },
        P.word('living_short', about.living.over)),
      node('span', {}, P.say('map.foot.withheld', { least: data.least })),
      node('span', { class: 'long', title: sources }, sources)]);
  };
})(window.Planner);
