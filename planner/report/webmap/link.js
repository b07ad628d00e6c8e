// The view stands in the address, so that a link opens what was seen.
(function (P) {
  'use strict';
  var data = P.data, map = null, timer = null, last = '', quiet = false;

  function ids(what) {
    if (what === 'community') { return data.communities.code; }
    if (what === 'county') { return data.counties.code; }
    if (what === 'site') { return data.summary.proposed_sites.map(function (s) { return s.id; }); }
    return what === 'facility' ? data.search.facilities : null;
  }

  function ring(c) { return c.state + c.limit; }

  function ticked(holder) {
    return Object.keys(holder).filter(function (key) { return holder[key]; });
  }

  // the state as pairs; every value is written through encodeURIComponent
  P.linkOf = function () {
    var centre = map.getCenter(), state = P.state, picked = state.picked;
    var pairs = [['at', centre.lat.toFixed(5) + ',' + centre.lng.toFixed(5)], ['z', map.getZoom().toFixed(1)],
      ['mode', state.mode], ['on', ticked(state.on).join(',')], ['kinds', ticked(state.kinds).join(',')],
      ['rings', data.catchments.filter(function (_, i) { return state.rings[i]; }).map(ring).join(',')],
      ['tab', P.tab], ['lang', P.language]];
    var codes = picked && ids(picked.what);
    if (codes && codes[picked.at] !== undefined) { pairs.push(['pick', picked.what + ':' + codes[picked.at]]); }
    return '#' + pairs.map(function (pair) { return pair[0] + '=' + encodeURIComponent(pair[1]); }).join('&');
  };

  function write() {
    timer = null;
    var text = P.linkOf();
    if (text === last) { return; }
    last = text;
    try { window.history.replaceState(null, '', text); } catch (refused) { last = ''; }
  }

  function later() {
    if (!map || quiet || timer !== null) { return; }
    timer = window.setTimeout(write, 250); // browsers refuse more than some hundred a minute
  }

  // what a link says, as far as it is sound; anything else is left out
  P.readLink = function (hash) {
    var said = {}, told = {};
    String(hash).slice(0, 4000).replace(/^#/, '').split('&').forEach(function (pair) {
      var cut = pair.indexOf('=');
      if (cut < 1) { return; }
      try { said['$' + pair.slice(0, cut)] = decodeURIComponent(pair.slice(cut + 1)); } catch (broken) { /* left out */ }
    });
    function text(key) { return said['$' + key]; }
    function among(key, known) {
      if (text(key) === undefined) { return; }
      told[key] = text(key).split(',').filter(function (name) { return known.indexOf(name) >= 0; });
    }
    function one(key, known) { if (known.indexOf(text(key)) >= 0) { told[key] = text(key); } }
    var at = /^(-?\d{1,2}(?:\.\d{1,8})?),(-?\d{1,3}(?:\.\d{1,8})?)$/.exec(text('at') || '');
    if (at && Math.abs(at[1]) <= 85 && Math.abs(at[2]) <= 180) { told.at = [Number(at[1]), Number(at[2])]; }
    if (/^\d{1,2}(\.\d{1,2})?$/.test(text('z') || '') && text('z') >= 5 && text('z') <= 18) { told.z = Number(text('z')); }
    one('mode', Object.keys(P.modes).concat('none'));
    one('tab', P.tabs);
    one('lang', ['zh', 'en']);
    among('on', Object.keys(P.state.on));
    among('kinds', Object.keys(P.state.kinds));
    among('rings', data.catchments.map(ring));
    var pick = /^([a-z]+):([^]+)$/.exec(text('pick') || ''), codes = pick && ids(pick[1]);
    if (codes && codes.indexOf(pick[2]) >= 0) { told.pick = { what: pick[1], at: codes.indexOf(pick[2]) }; }
    return told;
  };

  function set(holder, names) {
    if (names) { Object.keys(holder).forEach(function (key) { holder[key] = names.indexOf(key) >= 0; }); }
  }

  function apply() {
    var told = P.readLink(window.location.hash), state = P.state;
    if (!Object.keys(told).length) { return; }
    quiet = true;
    set(state.on, told.on);
    set(state.kinds, told.kinds);
    if (told.rings) {
      data.catchments.forEach(function (c, i) { state.rings[i] = told.rings.indexOf(ring(c)) >= 0; });
    }
    if (told.mode) { state.mode = told.mode; }
    if (told.tab) { P.tab = told.tab; }
    if (told.lang && told.lang !== P.language) { P.speak(told.lang); }
    if (told.at || told.z) {
      map.setView(told.at || map.getCenter(), told.z || map.getZoom(), { animate: false });
    }
    P.show();
    P.pick(told.pick || null);
    quiet = false;
  }

  P.features.push({
    start: function (started) {
      map = started;
      apply();
      window.addEventListener('hashchange', function () {
        if (window.location.hash !== last) { apply(); }
      });
      map.on('moveend', later);
    },
    show: later, speak: later, changed: later
  });
})(window.Planner);
