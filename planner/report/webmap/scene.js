// What is drawn: state, layers, classes.
(function (P) {
  'use strict';
  var data = P.data, colours = data.colours;

  P.state = {
    mode: 'share',
    on: { areas: true, streets: true, water: true, labels: true, sites: true, demand: false,
      findings: false },
    kinds: {}, rings: {},
    picked: null // {what: 'community' | 'facility' | 'site' | 'finding', at: number}
  };
  data.facilities.kind.forEach(function (kind, i) {
    P.state.kinds[kind] = Boolean(data.facilities.serves[i]) || P.state.kinds[kind] || false;
  });
  var longest = Math.max.apply(null, [0].concat(data.catchments.map(function (c) { return c.limit; })));
  data.catchments.forEach(function (c, i) {
    P.state.rings[i] = c.limit === longest && (c.state === 'baseline' ||
      data.summary.proposed_sites.length > 0 || data.summary.closed.length > 0);
  });

  // classes of the map: values by community, breaks and how to print them
  P.modes = {
    share: { values: data.communities.share, breaks: colours.shareBreaks, people: true },
    sharePlanned: { values: data.communities.sharePlanned, breaks: colours.shareBreaks, people: true },
    ratio: { values: data.communities.ratio, breaks: colours.spaceBreaks, people: false }
  };

  // 0 to 4, 5 withheld, 6 no data
  P.classOf = function (mode, i) {
    var value = mode.values[i];
    if (!P.isNumber(value)) { return mode.people && data.communities.withheld[i] ? 5 : 6; }
    var at = 0;
    while (at < mode.breaks.length && value >= mode.breaks[at]) { at++; }
    return at;
  };

  P.classLabel = function (mode, at) {
    var breaks = mode.breaks, n = breaks.length;
    function told(value) { return mode.people ? Math.round(100 * value) + '%' : P.number(value); }
    if (at === 5) { return P.say('map.class.withheld'); }
    if (at === 6) { return P.say('map.class.no_data'); }
    if (at === 0) { return P.say('map.class.below', { high: told(breaks[0]) }); }
    if (at === n) { return P.say('map.class.from', { low: told(breaks[n - 1]) }); }
    return P.say('map.class.between', { low: told(breaks[at - 1]), high: told(breaks[at]) });
  };

  function world(columns) {
    var x = new Float64Array(columns.lon.length), y = new Float64Array(columns.lon.length);
    for (var i = 0; i < x.length; i++) {
      x[i] = columns.lon[i] === null ? NaN : P.worldX(columns.lon[i]);
      y[i] = columns.lat[i] === null ? NaN : P.worldY(columns.lat[i]);
    }
    return { x: x, y: y };
  }

  P.places = {
    facilities: world(data.facilities), demand: world(data.demand),
    communities: world(data.communities), counties: world(data.counties),
    findings: world({ lon: data.findings.rows.map(function (f) { return f.lon; }),
      lat: data.findings.rows.map(function (f) { return f.lat; }) })
  };

  P.fade = 0.86;

  function areaFills(context) {
    var fills = colours.five.slice();
    fills.push(P.hatch(context, colours.withheld, '#b9a98f'));
    fills.push(P.hatch(context, '#f4f4f4', '#c4c4c4'));
    return fills;
  }

  P.paintGround = function (context, view) {
    var on = P.state.on, shapes = P.shapes, mode = P.modes[P.state.mode];
    var near = Math.max(0, Math.min(1, (view.zoom - 9) / 5));
    if (on.areas && mode) {
      var fills = areaFills(context), edge = near > 0.4 ? 'rgba(90,100,110,0.55)' : 'rgba(110,120,130,0.35)';
      context.globalAlpha = P.fade;
      P.drawAreas(context, view, shapes.communities, function (i) {
        return { fill: fills[P.classOf(mode, i)], stroke: edge, width: 0.4 + 0.6 * near };
      });
      context.globalAlpha = 1;
    }
    if (on.water) {
      P.drawAreas(context, view, shapes.water_areas, function () { return { fill: '#8ab8d8' }; });
      P.drawLines(context, view, shapes.water_lines, '#6fa8d0', 1 + 3 * near);
    }
    if (on.streets) {
      if (view.zoom >= 13) { P.drawLines(context, view, shapes.paths, 'rgba(70,70,70,0.25)', 0.6); }
      P.drawLines(context, view, shapes.streets, 'rgba(60,60,60,' + (0.2 + 0.12 * near) + ')',
        0.4 + 0.9 * near);
    }
    P.drawAreas(context, view, shapes.counties, function () {
      return { stroke: 'rgba(255,255,255,0.8)', width: 4 };
    });
    P.drawAreas(context, view, shapes.counties, function () {
      return { stroke: '#3d4852', width: 1.6, dash: [9, 3, 2, 3] };
    });
  };

  P.paintMarks = function (context, view) {
    context.clearRect(0, 0, view.width, view.height);
    if (!P.shapes) { return; }
    paintRings(context, view);
    paintPicked(context, view);
    if (P.state.on.demand) { paintDemand(context, view); }
    paintFacilities(context, view);
    if (P.state.on.findings) { paintFindings(context, view); }
    if (P.state.on.sites) { paintLeaders(context, view); }
    P.each('paint', context, view);
    if (P.state.on.labels) { P.drawLabels(context, view, labels(view)); }
  };

  function paintRings(context, view) {
    var planned = colours.rings.planned[0], baseline = colours.rings.baseline[0];
    // planned below, so that what stands today keeps its colour
    ['planned', 'baseline'].forEach(function (state) {
      P.drawAreas(context, view, P.shapes.catchments, function (i) {
        var ring = data.catchments[i];
        if (ring.state !== state || !P.state.rings[i]) { return null; }
        return state === 'planned' ?
          { fill: 'rgba(197,27,125,0.08)', stroke: planned, width: 1.3, dash: [5, 3] } :
          { fill: 'rgba(11,83,148,0.06)', stroke: baseline, width: 1.3 };
      });
    });
  }

  function paintLeaders(context, view) {
    (P.pinPlaces || []).forEach(function (pin) {
      var x = pin.siteX * view.scale - view.left, y = pin.siteY * view.scale - view.top;
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(pin.x * view.scale - view.left, pin.y * view.scale - view.top);
      context.lineWidth = 2;
      context.strokeStyle = colours.site;
      context.stroke();
      P.drawSymbol(context, 'circle', x, y, 8, colours.site);
    });
  }

  function paintPicked(context, view) {
    var picked = P.state.picked;
    if (!picked || picked.what !== 'community') { return; }
    P.drawAreas(context, view, P.shapes.communities, function (i) {
      return i === picked.at ? { stroke: '#111', width: 3 } : null;
    });
  }

  P.demandStates = ['reached', 'newly', 'unreached', 'mixed'];

  function paintDemand(context, view) {
    var grow = Math.max(0.6, Math.min(2.4, (view.zoom - 7) / 3));
    data.demand.older.forEach(function (older, i) {
      var x = P.places.demand.x[i] * view.scale - view.left;
      var y = P.places.demand.y[i] * view.scale - view.top;
      if (!(x > -20 && y > -20 && x < view.width + 20 && y < view.height + 20)) { return; }
      var size = 2 * grow * Math.max(1.2, Math.min(5, Math.sqrt(older) / 5));
      var colour = colours.states[P.demandStates[data.demand.state[i]]];
      context.globalAlpha = 0.85;
      P.drawSymbol(context, 'circle', x, y, size, colour);
      context.globalAlpha = 1;
    });
  }

  P.symbolSize = function (zoom) { return Math.max(6, Math.min(15, 5 + (zoom - 8) * 1.3)); };

  function paintFacilities(context, view) {
    var size = P.symbolSize(view.zoom), order = ['other', 'community_space', 'institution',
      'rural_elderly', 'elderly_station'];
    order.forEach(function (kind) {
      if (!P.state.kinds[kind]) { return; }
      var look = colours.facilities[kind];
      data.facilities.kind.forEach(function (k, i) {
        if (k !== kind) { return; }
        var x = P.places.facilities.x[i] * view.scale - view.left;
        var y = P.places.facilities.y[i] * view.scale - view.top;
        if (!(x > -20 && y > -20 && x < view.width + 20 && y < view.height + 20)) { return; }
        var picked = P.state.picked && P.state.picked.what === 'facility' && P.state.picked.at === i;
        var goes = data.facilities.goes[i] >= 0; // closed or moved by the plan: grey, crossed out
        P.drawSymbol(context, look[0], x, y, picked ? size * 1.7 : size, goes ? '#8a8a8a' : look[1]);
        if (goes) { P.drawSymbol(context, 'cross', x, y, size * 1.5, '#333333'); }
      });
    });
  }

  P.severity = { error: '#b2182b', warning: '#b35806', notice: '#5e5e5e' };

  function paintFindings(context, view) {
    data.findings.rows.forEach(function (finding, i) {
      var x = P.places.findings.x[i] * view.scale - view.left;
      var y = P.places.findings.y[i] * view.scale - view.top;
      if (!(x > 0 && y > 0 && x < view.width && y < view.height)) { return; }
      P.drawSymbol(context, 'triangle', x, y, 17, P.severity[finding.severity]);
      context.fillStyle = '#fff';
      context.font = '700 11px sans-serif';
      context.textAlign = 'center';
      context.textBaseline = 'middle';
      context.fillText('!', x, y + 1.5);
    });
  }

  function labels(view) {
    var found = [];
    data.counties.name.forEach(function (name, i) {
      found.push({ text: name, x: P.places.counties.x[i], y: P.places.counties.y[i], size: 17,
        weight: 700, colour: '#22303c' });
    });
    if (view.zoom >= 12.5) {
      data.communities.name.forEach(function (name, i) {
        found.push({ text: P.short(name), x: P.places.communities.x[i], y: P.places.communities.y[i],
          size: 14, colour: '#333', dy: -12 });
      });
    }
    return found;
  }
})(window.Planner);
