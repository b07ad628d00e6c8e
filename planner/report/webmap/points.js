// Many points on a canvas: symbols where few are in view, small stamps of pixels where many are.
(function (P) {
  'use strict';

  var MOST_SYMBOLS = 3000, MARGIN = 20, SMALL = 4;

  // number of each text in `order`, 255 for others; remembered with the column
  P.codes = function (texts, order) {
    if (texts.codes) { return texts.codes; }
    var place = {}, made = new Uint8Array(texts.length);
    order.forEach(function (text, i) { place[text] = i; });
    for (var i = 0; i < made.length; i++) {
      var at = place[texts[i]];
      made[i] = at === undefined ? 255 : at;
    }
    texts.codes = made;
    return made;
  };

  // points in view whose look is shown
  function inView(view, places, points) {
    var x = places.x, y = places.y, found = new Uint32Array(x.length), n = 0, of = points.of;
    var shown = points.looks.map(Boolean);
    var west = (view.left - MARGIN) / view.scale, east = (view.left + view.width + MARGIN) / view.scale;
    var north = (view.top - MARGIN) / view.scale, south = (view.top + view.height + MARGIN) / view.scale;
    for (var i = 0; i < x.length; i++) {
      if (x[i] > west && x[i] < east && y[i] > north && y[i] < south && shown[of[i]]) { found[n++] = i; }
    }
    return found.subarray(0, n);
  }

  // points: {looks: [[shape, colour] or null], of: which look each has, alpha, size(i), first: picked}
  P.drawPoints = function (context, view, places, points) {
    var found = inView(view, places, points);
    if (found.length > MOST_SYMBOLS) { stamp(context, view, places, points, found); }
    else { symbols(context, view, places, points, found); }
  };

  function symbols(context, view, places, points, found) {
    context.globalAlpha = points.alpha;
    points.looks.forEach(function (look, which) {
      for (var n = 0; n < found.length && look; n++) {
        var i = found[n];
        if (points.of[i] === which) { draw(context, view, places, points, i, look); }
      }
    });
    context.globalAlpha = 1;
  }

  function draw(context, view, places, points, i, look) {
    P.drawSymbol(context, look[0], places.x[i] * view.scale - view.left,
      places.y[i] * view.scale - view.top, points.size(i), look[1]);
  }

  // one symbol as pixels: where they lie around its middle and their colour
  function pattern(look, size, ratio) {
    var wide = 2 * Math.ceil(size * ratio * 0.6 + 1) + 1, middle = (wide - 1) / 2;
    var tile = document.createElement('canvas');
    tile.width = tile.height = wide;
    var pen = tile.getContext('2d');
    pen.scale(ratio, ratio);
    if (size < SMALL) { // no room for a shape and a white outline
      pen.fillStyle = look[1];
      pen.fillRect(middle / ratio, middle / ratio, size, size);
    } else { P.drawSymbol(pen, look[0], (middle + 0.5) / ratio, (middle + 0.5) / ratio, size, look[1]); }
    var pixels = new Uint32Array(pen.getImageData(0, 0, wide, wide).data.buffer);
    var dx = [], dy = [], colour = [];
    for (var k = 0; k < pixels.length; k++) {
      if (pixels[k] >>> 24 < 110) { continue; }
      dx.push(k % wide - middle);
      dy.push((k - k % wide) / wide - middle);
      colour.push(pixels[k] | 0xff000000);
    }
    return { dx: Int32Array.from(dx), dy: Int32Array.from(dy), colour: Uint32Array.from(colour), reach: middle };
  }

  // the more points, the smaller, so that the pattern of a city stays readable
  function stampSize(points, found) {
    var usual = points.size(found[found.length >> 1]);
    return Math.min(usual, found.length > 40000 ? 2 : found.length > 12000 ? 4.5 : 6);
  }

  function stamp(context, view, places, points, found) {
    var canvas = context.canvas, wide = canvas.width, tall = canvas.height, ratio = wide / view.width;
    var image = context.getImageData(0, 0, wide, tall), pixels = new Uint32Array(image.data.buffer);
    var size = stampSize(points, found), scale = view.scale * ratio;
    var left = view.left * ratio, top = view.top * ratio;
    var seen = new Uint8Array(wide * tall); // a place that has its symbol needs no second one
    var patterns = points.looks.map(function (look) { return look && pattern(look, size, ratio); });
    // all kinds in the order of the list, so that a crowd shows its mixture
    for (var n = found.length - 1; n >= 0; n--) {
      var i = found[n], made = patterns[points.of[i]], reach = made.reach;
      var x = places.x[i] * scale - left | 0, y = places.y[i] * scale - top | 0;
      if (x < reach || y < reach || x >= wide - reach || y >= tall - reach) { continue; }
      var at = y * wide + x;
      for (var k = 0; k < made.dx.length; k++) {
        var to = at + made.dy[k] * wide + made.dx[k];
        if (!seen[to]) { pixels[to] = made.colour[k]; seen[to] = 1; }
      }
    }
    context.putImageData(image, 0, 0);
    if (points.first >= 0 && points.looks[points.of[points.first]]) {
      draw(context, view, places, points, points.first, points.looks[points.of[points.first]]);
    }
  }
})(window.Planner);
