// The tab in which sites are ticked and unticked, and the fragment of a scenario it gives.
(function (P) {
  'use strict';
  var data = P.data, given = data.whatif, W = P.whatif, node = P.node, MOST = 40, wanted = '';
  if (!given) {
    P.addTab('whatif', function () { return node('p', {}, P.say('map.whatif.none')); }, 'communities');
    return;
  }

  function box(checked, text, change, extra) {
    var input = node('input', { type: 'checkbox' });
    input.checked = checked;
    input.addEventListener('change', function () { change(input.checked); });
    return node('label', { class: 'row' }, input, extra || null, node('span', { class: 'text' }, text));
  }

  function button(key, act) {
    return node('button', { type: 'button', click: act }, P.say(key));
  }

  function reset(make) {
    return function () { W.set(function (state) { var other = make(); state.kept = other.kept; state.built = other.built; }); P.panels(); };
  }

  function nameOf(code) {
    var i = data.counties.code.indexOf(code);
    return i >= 0 ? data.counties.name[i] : P.say(code === 'rest' ? 'map.whatif.rest' : 'map.whatif.nowhere');
  }

  function signed(tenths) {
    var n = tenths / 10;
    return (n > 0 ? '+' : n < 0 ? '−' : '') + P.number(Math.abs(n));
  }

  function coverage() {
    var states = [W.before, W.planned, W.now];
    function row(name, of) {
      var three = states.map(of);
      return { cells: [name].concat(three.map(W.share), [signed(three[2].reached - three[0].reached)]) };
    }
    var rows = [row(P.say('map.city'), W.city)].concat(given.districts.map(function (code, i) {
      return row(nameOf(code), function (figures) { return figures.people[i]; });
    }));
    return P.table([P.say('map.counties.name'), P.word('state', 'baseline'), P.word('state', 'planned'),
      P.say('map.whatif.line'), P.say('map.whatif.change')], rows, 1);
  }

  function spaceAndUnits() {
    function group(name, key) {
      var s = W.now.space[key], u = ['urban', 'rural'].map(function (kind) {
        var found = W.now.units[key === 'city' ? kind : key + '/' + kind];
        return found ? found.has + '/' + found.units : '—';
      });
      return { cells: [name, s ? P.number(s.floor / s.households * 100, 1) : '—',
        s ? s.meeting + '/' + s.known : '—', u[0], u[1]] };
    }
    var rows = [group(P.say('map.city'), 'city')].concat(data.counties.code.map(function (code, i) {
      return group(data.counties.name[i], code);
    }));
    return P.table([P.say('map.counties.name'), P.say('map.whatif.ratio'),
      P.say('map.whatif.meeting', { norm: P.number(given.norm, 1) }), P.say('map.figure.urban'),
      P.say('map.figure.rural')], rows, 1);
  }

  function sites() {
    var count = W.state.built.filter(Boolean).length, n = given.picks.length;
    var told = node('output', { for: 'whatif-first' }, P.say('map.whatif.first', { n: count }));
    var slider = node('input', { type: 'range', id: 'whatif-first', min: 0, max: n, step: 1,
      'aria-label': P.say('map.whatif.first_label') });
    slider.value = count;
    var list = node('div', { class: 'whatif-list' });
    function draw() {
      P.fill(list, given.picks.map(function (pick, i) {
        var site = data.summary.proposed_sites[pick.site];
        return box(W.state.built[i], site.name, function (on) {
          W.set(function (state) { state.built[i] = on; });
          told.textContent = P.say('map.whatif.first', { n: W.state.built.filter(Boolean).length });
        }, node('span', { class: 'pin' }, site.order));
      }));
    }
    slider.addEventListener('input', function () {
      var first = Number(slider.value);
      W.set(function (state) { state.built = state.built.map(function (_, i) { return i < first; }); });
      told.textContent = P.say('map.whatif.first', { n: first });
      draw();
    });
    draw();
    return [node('h3', {}, P.say('map.whatif.new')), n ? [node('div', { class: 'row' }, slider, told), list] :
      node('p', {}, P.say('table.status.nothing_to_do'))];
  }

  function existing() {
    var search = node('input', { type: 'search', 'aria-label': P.say('map.whatif.find'), placeholder: P.say('map.whatif.find') });
    var list = node('div', { class: 'whatif-list' });
    search.value = wanted;
    function show() {
      wanted = search.value.trim().toLowerCase();
      var found = given.closable.filter(function (i) {
        var home = data.facilities.community[i];
        return !wanted || data.facilities.name[i].toLowerCase().indexOf(wanted) >= 0 ||
          (home >= 0 && data.communities.name[home].toLowerCase().indexOf(wanted) >= 0);
      });
      found.sort(function (a, b) { return W.state.kept[a] - W.state.kept[b] || a - b; });
      P.fill(list, [found.slice(0, MOST).map(function (i) {
        return box(W.state.kept[i], data.facilities.name[i] + ' · ' + P.word('facility_kind', data.facilities.kind[i]),
          function (on) { W.set(function (state) { state.kept[i] = on; }); });
      }), found.length > MOST ? node('p', { class: 'hint' }, P.say('map.whatif.more', { n: found.length - MOST })) : null]);
    }
    search.addEventListener('input', show);
    show();
    return [node('h3', {}, P.say('map.whatif.existing')), search, list];
  }

  // ---- a fragment for `planner run`

  function list(codes) {
    return '[' + codes.map(function (code) { return JSON.stringify(code); }).join(', ') + ']';
  }

  W.fragment = function () {
    var built = given.picks.filter(function (_, i) { return W.state.built[i]; }).map(function (pick) {
      return data.summary.proposed_sites[pick.site].id;
    });
    var closed = P.data.search.facilities.filter(function (_, i) { return !W.state.kept[i]; });
    return ['# ' + P.say('map.whatif.fragment_note', { base: given.base }),
      'extends = ' + JSON.stringify(given.base), 'name = ' + JSON.stringify(given.name), '',
      '[siting]', 'question = "given_sites"', 'given = ' + list(built), 'closed = ' + list(closed), ''].join('\n');
  };

  function save() {
    var link = node('a', { href: URL.createObjectURL(new Blob([W.fragment()], { type: 'application/toml' })),
      download: given.name + '.toml' });
    link.click();
    URL.revokeObjectURL(link.href);
  }

  function panel() {
    if (!W.ready) { return node('p', {}, P.say('map.whatif.loading')); }
    var told = node('div', {}), text = node('textarea', { readonly: true, rows: 8, spellcheck: 'false',
      'aria-label': P.say('map.whatif.fragment') });
    W.tell = function () {
      P.fill(told, [node('p', { class: W.isPlan() ? 'hint' : 'whatif-mark' },
        P.say(W.isPlan() ? 'map.whatif.is_plan' : 'map.whatif.is_other')),
        coverage(), node('h3', {}, P.say('map.whatif.space_units')), spaceAndUnits()]);
      text.value = W.fragment();
    };
    W.tell();
    return [node('p', { class: 'hint' }, P.say('map.whatif.hint')),
      node('div', { class: 'whatif-buttons' }, button('map.whatif.to_plan', reset(W.plan)),
        button('map.whatif.to_today', reset(W.today))),
      told, sites(), existing(), node('h3', {}, P.say('map.whatif.fragment')),
      node('p', { class: 'hint' }, P.say('map.whatif.fragment_hint', { base: given.base })),
      node('div', { class: 'whatif-buttons' }, button('map.whatif.save', save)), text,
      node('h3', {}, P.say('map.whatif.basis')),
      node('p', { class: 'hint' }, P.say(P.isNumber(given.most) ? 'map.whatif.apart' : 'map.whatif.apart_few',
        { n: P.number(given.most), least: data.least })),
      node('p', { class: 'hint' }, P.say('map.whatif.rules'))];
  }

  P.addTab('whatif', panel, 'communities');
})(window.Planner);
