// The box that finds a place by its name, its pinyin, its initials or its code.
(function (P) {
  'use strict';
  var data = P.data, node = P.node, most = 50;
  var entries = null, readings = {}, found = [], at = -1, composing = false;
  var parts = {};

  // full-width forms, case, tones and blanks make no difference
  P.fold = function (text) {
    return text.normalize('NFKC').toLowerCase().normalize('NFD').replace(/u\u0308/g, 'v')
      .replace(/[\u0300-\u036f]/g, '').normalize('NFC').trim();
  };

  // what may be typed for a character: its readings, and ü as v, u or yu
  function spoken(character) {
    var told = data.search.readings[character], all = [];
    if (!told) { return null; }
    told.split(' ').forEach(function (reading) {
      if (!reading) { return; }
      all.push(reading);
      if (reading.indexOf('v') > 0) { all.push(reading.replace('v', 'u'), reading.replace('v', 'yu')); }
    });
    return all;
  }

  function entry(what, i, name, code, county) {
    var text = P.fold(name), sounds = [];
    Array.from(text).forEach(function (character) {
      if (readings[character] === undefined) { readings[character] = spoken(character); }
      sounds.push(readings[character] || [character]);
    });
    return { what: what, at: i, name: name, code: code || '', folded: P.fold(code || ''), county: county,
      text: text.replace(/\s/g, ''), sounds: sounds };
  }

  function build() {
    var c = data.communities, county = function (i) { return i >= 0 ? data.counties.name[c.county[i]] || '' : ''; };
    entries = [];
    data.counties.name.forEach(function (name, i) {
      entries.push(entry('county', i, name, data.counties.code[i], ''));
    });
    c.name.forEach(function (name, i) { entries.push(entry('community', i, name, c.code[i], county(i))); });
    data.summary.proposed_sites.forEach(function (site, i) {
      entries.push(entry('site', i, site.name, site.id, site.where ? site.where.join('、') : ''));
    });
    var f = data.facilities;
    for (var i = 0; i < f.kind.length; i++) {
      entries.push(entry('facility', i, f.name[i], data.search.facilities[i], county(f.community[i])));
    }
  }

  // does the query spell the sounds from `from` on? A whole reading or its first sound for each
  // character, anything begun for the last. Returns 1 all whole, 2 abbreviated, 0 no.
  function spells(sounds, from, query, done, short) {
    if (done === query.length) { return short ? 2 : 1; }
    if (from >= sounds.length) { return 0; }
    var best = 0, rest = query.length - done;
    for (var i = 0; i < sounds[from].length; i++) {
      var sound = sounds[from][i], same = 0;
      while (same < sound.length && same < rest && sound[same] === query[done + same]) { same++; }
      if (!same) { continue; }
      if (same === rest) { return short || (same === 1 && done) ? 2 : 1; }
      var whole = same === sound.length ? spells(sounds, from + 1, query, done + same, short) : 0;
      if (whole === 1) { return 1; }
      var two = same > 1 && sound[1] === 'h' ? spells(sounds, from + 1, query, done + 2, true) : 0;
      best = whole || two || spells(sounds, from + 1, query, done + 1, true) || best;
    }
    return best;
  }

  // the smaller the better; 0 is no match
  function rank(e, query, letters) {
    if (e.text === query || e.folded === query) { return 1; }
    var inside = e.text.indexOf(query);
    if (inside === 0) { return 2; }
    if (e.folded && e.folded.indexOf(query) === 0) { return 3; }
    if (inside > 0) { return 4; }
    if (!letters) { return 0; }
    var best = 0;
    for (var i = 0; i < e.sounds.length; i++) {
      var how = spells(e.sounds, i, query, 0, false);
      if (how) {
        var value = (i ? 6 : 5) + (how === 2 ? 2 : 0);
        best = best ? Math.min(best, value) : value;
        if (best === 5) { break; }
      }
    }
    return best;
  }

  var kinds = { county: 'map.find.county', community: 'map.find.community', site: 'map.find.site',
    facility: 'map.find.facility' };
  var order = { county: 0, community: 1, site: 2, facility: 3 };

  // every match, the best first
  P.find = function (typed) {
    var query = P.fold(typed).replace(/[\s'’]/g, ''), letters = /[a-z]/.test(query);
    if (!query) { return []; }
    if (!entries) { build(); }
    var matches = [];
    entries.forEach(function (e, i) {
      var value = rank(e, query, letters);
      if (value) { matches.push({ entry: e, rank: value, i: i }); }
    });
    matches.sort(function (a, b) {
      return a.rank - b.rank || order[a.entry.what] - order[b.entry.what] ||
        a.entry.text.length - b.entry.text.length || a.i - b.i;
    });
    return matches.map(function (match) { return match.entry; });
  };

  function mark() {
    var options = parts.list.children;
    for (var i = 0; i < options.length; i++) { options[i].setAttribute('aria-selected', String(i === at)); }
    if (at >= 0) {
      parts.box.setAttribute('aria-activedescendant', 'found-' + at);
      options[at].scrollIntoView({ block: 'nearest' });
    } else { parts.box.removeAttribute('aria-activedescendant'); }
  }

  function open(wanted) {
    parts.holder.style.display = wanted ? '' : 'none';
    parts.box.setAttribute('aria-expanded', String(wanted && found.length > 0));
  }

  function close() { at = -1; mark(); open(false); }

  function choose(i) {
    var e = found[i];
    if (!e) { return; }
    close();
    P.pick({ what: e.what, at: e.at }, true);
  }

  function told(all) {
    if (!all.length) { return P.say('map.find.none'); }
    return all.length > most ? P.say('map.find.more', { n: P.number(all.length), most: most }) :
      P.say('map.find.count', { n: P.number(all.length) });
  }

  function look() {
    var all = P.find(parts.box.value), empty = !P.fold(parts.box.value);
    found = all.slice(0, most);
    at = -1;
    P.fill(parts.list, found.map(function (e, i) {
      return node('li', { role: 'option', id: 'found-' + i, 'aria-selected': 'false',
        click: function () { choose(i); } }, node('span', { class: 'name' }, e.name),
      node('span', { class: 'kind' }, [P.say(kinds[e.what]), e.county].filter(Boolean).join(' · ')));
    }));
    parts.count.textContent = empty ? '' : told(all);
    parts.list.style.display = found.length ? '' : 'none';
    mark();
    open(!empty);
  }

  function key(event) {
    if (composing || event.isComposing) { return; }
    var closed = parts.holder.style.display === 'none';
    if (event.key === 'Escape') {
      event.preventDefault();
      if (closed) { parts.box.value = ''; look(); } else { close(); }
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (closed) { look(); }
      if (!found.length) { return; }
      at = (at + (event.key === 'ArrowDown' ? 1 : at < 0 ? 0 : -1) + found.length) % found.length;
      mark();
    } else if (event.key === 'Enter' && found.length) {
      event.preventDefault();
      choose(Math.max(0, at));
    }
  }

  function make() {
    parts.box = node('input', { type: 'search', id: 'find-box', role: 'combobox', autocomplete: 'off',
      spellcheck: 'false', 'aria-expanded': 'false', 'aria-controls': 'find-list', 'aria-autocomplete': 'list',
      maxlength: 200 });
    parts.count = node('p', { id: 'find-count', role: 'status', 'aria-live': 'polite' });
    parts.list = node('ul', { id: 'find-list', role: 'listbox' });
    parts.holder = node('div', { id: 'found' }, parts.count, parts.list);
    parts.box.addEventListener('compositionstart', function () { composing = true; });
    parts.box.addEventListener('compositionend', function () { composing = false; look(); });
    parts.box.addEventListener('input', function (event) {
      if (!composing && !event.isComposing) { look(); }
    });
    parts.box.addEventListener('keydown', key);
    document.addEventListener('mousedown', function (event) {
      if (!P.at('find').contains(event.target)) { close(); }
    });
    P.at('find').addEventListener('focusout', function (event) {
      if (event.relatedTarget && !P.at('find').contains(event.relatedTarget)) { close(); }
    });
    P.fill(P.at('find'), [parts.box, parts.holder]);
    open(false);
  }

  P.features.push({
    speak: function () {
      if (!parts.box) { make(); }
      parts.box.setAttribute('aria-label', P.say('map.find.label'));
      parts.box.setAttribute('placeholder', P.say('map.find.hint'));
      parts.list.setAttribute('aria-label', P.say('map.find.list'));
      if (parts.holder.style.display !== 'none') { look(); }
    }
  });
})(window.Planner);
