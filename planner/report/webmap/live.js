// What is told to those who do not see the map change, and what stands still for those who ask.
(function (P) {
  'use strict';
  var node = P.node, region = null, last = '', closed = [];

  function tell(text) {
    if (!region || text === last) { return; }
    last = text;
    region.textContent = text;
  }

  // folded headings are unfolded on paper
  function printing() {
    window.addEventListener('beforeprint', function () {
      closed = Array.prototype.filter.call(document.querySelectorAll('#panels details'), function (d) { return !d.open; });
      closed.forEach(function (d) { d.open = true; });
      // a heading under which nothing is ticked takes no room on the sheet
      document.querySelectorAll('#panel-legend details').forEach(function (d) {
        d.classList.toggle('bare', !d.querySelector('.row:not(.off)'));
      });
    });
    window.addEventListener('afterprint', function () { closed.forEach(function (d) { d.open = false; }); });
  }

  P.features.push({
    start: function (map) {
      region = node('div', { id: 'live', class: 'heard', role: 'status', 'aria-live': 'polite' });
      document.body.appendChild(region);
      if (window.matchMedia('(prefers-reduced-motion: reduce)').matches) {
        map.options.inertia = map.options.zoomAnimation = map.options.fadeAnimation = false;
        map._zoomAnimated = map._fadeAnimated = false;
      }
      P.at('skip').addEventListener('click', function (event) {
        event.preventDefault();
        P.at('find-box').focus();
      });
      printing();
    },
    show: function () { tell(P.say('map.live.mode', { mode: P.say('map.mode.' + P.state.mode) })); },
    changed: function () {
      var title = P.cardBox.querySelector('h2');
      tell(title ? P.say('map.live.card', { name: title.textContent }) : P.say('map.tab.' + P.tab));
    }
  });
})(window.Planner);
