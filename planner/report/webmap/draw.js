// Shapes, symbols and labels on a canvas, and what lies under the pointer.
(function (P) {
  'use strict';

  var TINY = 14; // pixels, width and height together

  function seen(layer, i, view) {
    var box = layer.box, k = 4 * i;
    return box[k] * view.scale - view.left < view.width && box[k + 2] * view.scale - view.left > 0 &&
      box[k + 1] * view.scale - view.top < view.height && box[k + 3] * view.scale - view.top > 0;
  }

  // add one part to the path; points nearer than `least` pixels to the last one are left out
  function trace(context, layer, part, view, least) {
    var from = layer.point[part], to = layer.point[part + 1], lastX = 0, lastY = 0;
    for (var k = from; k < to; k++) {
      var x = layer.x[k] * view.scale - view.left, y = layer.y[k] * view.scale - view.top;
      if (k === from) { context.moveTo(x, y); }
      else if (k < to - 1 && Math.abs(x - lastX) < least && Math.abs(y - lastY) < least) { continue; }
      else { context.lineTo(x, y); }
      lastX = x; lastY = y;
    }
  }

  // an outline would hide the fill of a shape of a few pixels
  function tiny(layer, i, view) {
    var box = layer.box, k = 4 * i;
    return (box[k + 2] - box[k] + box[k + 3] - box[k + 1]) * view.scale < TINY;
  }

  // style(i) gives {fill, stroke, width, dash} or null
  P.drawAreas = function (context, view, layer, style) {
    for (var i = 0; i < layer.features; i++) {
      var look = style(i);
      if (!look || !seen(layer, i, view)) { continue; }
      context.beginPath();
      for (var j = layer.part[i]; j < layer.part[i + 1]; j++) { trace(context, layer, j, view, 0.7); }
      if (look.fill) { context.fillStyle = look.fill; context.fill('evenodd'); }
      if (look.stroke && !(look.fill && tiny(layer, i, view))) {
        context.setLineDash(look.dash || []);
        context.lineWidth = look.width || 1;
        context.strokeStyle = look.stroke;
        context.stroke();
      }
    }
    context.setLineDash([]);
  };

  P.drawLines = function (context, view, layer, colour, width) {
    var inPath = 0;
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    for (var i = 0; i < layer.features; i++) {
      if (!seen(layer, i, view)) { continue; }
      for (var j = layer.part[i]; j < layer.part[i + 1]; j++) { trace(context, layer, j, view, 1); }
      if (++inPath > 400) { context.stroke(); context.beginPath(); inPath = 0; }
    }
    context.stroke();
  };

  P.drawSymbol = function (context, shape, x, y, size, colour) {
    var r = size / 2;
    context.beginPath();
    if (shape === 'circle') { context.arc(x, y, r, 0, 2 * Math.PI); }
    else if (shape === 'square') { context.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8); }
    else if (shape === 'triangle') {
      context.moveTo(x, y - r * 1.1); context.lineTo(x + r * 1.1, y + r * 0.85);
      context.lineTo(x - r * 1.1, y + r * 0.85); context.closePath();
    } else if (shape === 'diamond') {
      context.moveTo(x, y - r * 1.2); context.lineTo(x + r * 1.2, y);
      context.lineTo(x, y + r * 1.2); context.lineTo(x - r * 1.2, y); context.closePath();
    } else {
      context.moveTo(x - r, y - r); context.lineTo(x + r, y + r);
      context.moveTo(x + r, y - r); context.lineTo(x - r, y + r);
      context.lineWidth = 2; context.strokeStyle = colour; context.stroke();
      return;
    }
    context.fillStyle = colour;
    context.fill();
    context.lineWidth = size > 7 ? 1.5 : 0.8;
    context.strokeStyle = '#fff';
    context.stroke();
  };

  P.hatch = function (context, ground, line) {
    var tile = document.createElement('canvas');
    tile.width = tile.height = 8;
    var pen = tile.getContext('2d');
    pen.fillStyle = ground; pen.fillRect(0, 0, 8, 8);
    pen.strokeStyle = line; pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(-2, 6); pen.lineTo(6, -2); pen.moveTo(2, 10); pen.lineTo(10, 2); pen.stroke();
    return context.createPattern(tile, 'repeat');
  };

  // labels: [{text, x, y (world), size, weight, colour}] in order of importance
  P.drawLabels = function (context, view, labels) {
    var taken = [];
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.lineJoin = 'round';
    labels.forEach(function (label) {
      var x = label.x * view.scale - view.left, y = label.y * view.scale - view.top + (label.dy || 0);
      if (x < 0 || y < 0 || x > view.width || y > view.height) { return; }
      var text = label.text.length > 24 ? label.text.slice(0, 23) + '…' : label.text;
      context.font = (label.weight || 400) + ' ' + label.size + 'px ' + P.fonts;
      var half = context.measureText(text).width / 2 + 3, tall = label.size / 2 + 2;
      var box = [x - half, y - tall, x + half, y + tall];
      if (taken.some(function (t) {
        return t[0] < box[2] && t[2] > box[0] && t[1] < box[3] && t[3] > box[1];
      })) { return; }
      taken.push(box);
      context.lineWidth = 3.5;
      context.strokeStyle = 'rgba(255,255,255,0.9)';
      context.strokeText(text, x, y);
      context.fillStyle = label.colour;
      context.fillText(text, x, y);
    });
  };

  P.fonts = '"Microsoft YaHei","PingFang SC","Noto Sans CJK SC","Source Han Sans SC",sans-serif';

  // feature of a polygon layer that holds the world point, or -1
  P.areaAt = function (layer, x, y) {
    for (var i = layer.features - 1; i >= 0; i--) {
      var b = 4 * i, box = layer.box;
      if (x < box[b] || x > box[b + 2] || y < box[b + 1] || y > box[b + 3]) { continue; }
      var inside = false;
      for (var j = layer.part[i]; j < layer.part[i + 1]; j++) {
        for (var k = layer.point[j], l = layer.point[j + 1] - 1; k < layer.point[j + 1]; l = k++) {
          if ((layer.y[k] > y) !== (layer.y[l] > y) && x < (layer.x[l] - layer.x[k]) *
              (y - layer.y[k]) / (layer.y[l] - layer.y[k]) + layer.x[k]) { inside = !inside; }
        }
      }
      if (inside) { return i; }
    }
    return -1;
  };

  // nearest of the points {x, y} (world) within `reach` pixels and allowed, or -1
  P.pointAt = function (points, where, reach, allowed) {
    var best = -1, least = reach * where.pixel;
    least *= least;
    for (var i = 0; i < points.x.length; i++) {
      var dx = points.x[i] - where.x, dy = points.y[i] - where.y, d = dx * dx + dy * dy;
      if (d <= least && allowed(i)) { least = d; best = i; }
    }
    return best;
  };
})(window.Planner);
