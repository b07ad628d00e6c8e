// The online basemap: a box to tick, and nothing is asked for before it is ticked.
(function (P) {
  'use strict';
  var base = P.data.basemap, node = P.node, on = false, failed = false, layers = [], told = null, map = null;
  if (!base) { return; }

  var names = { tianditu: 'map.base.tianditu', osm: 'map.base.osm' };

  function tell() {
    P.fill(told, on ? [P.say(names[base.name]), failed ? ' · ' + P.say('map.base.failed') : ''] : []);
    told.style.display = on ? '' : 'none';
  }

  function turn(value) {
    on = value; failed = false;
    P.fade = on ? 0.5 : 0.86;
    if (on && !layers.length) {
      layers = base.tiles.map(function (address) {
        return L.tileLayer(address, { pane: 'base', maxNativeZoom: base.deepest, attribution: '' })
          .on('tileerror', function () { if (!failed) { failed = true; tell(); } });
      });
    }
    layers.forEach(function (layer) { layer[on ? 'addTo' : 'removeFrom'](map); });
    tell();
    P.show();
  }

  P.features.push({
    start: function (started) {
      map = started;
      map.createPane('base').style.zIndex = 250;
      told = node('div', { id: 'base-told', role: 'status' });
      map.getContainer().appendChild(told);
      tell();
      P.panels();
    },
    speak: function () { if (told) { tell(); } },
    background: function () {
      if (!map) { return null; }
      var box = node('input', { type: 'checkbox', name: 'basemap', 'aria-describedby': 'base-hint' });
      box.checked = on;
      box.addEventListener('change', function () { turn(box.checked); });
      return [node('label', { class: 'row' + (on ? '' : ' off') }, box,
        node('span', { class: 'text' }, P.say('map.base.offer', { name: P.say(names[base.name]) }))),
      node('p', { class: 'hint', id: 'base-hint' }, P.say('map.base.hint', { host: base.host })),
      base.name === 'tianditu' ? node('p', { class: 'hint' }, P.say('map.base.key')) : null];
    }
  });
})(window.Planner);
