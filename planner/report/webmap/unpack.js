// Shapes: gzip, then variable-length numbers, then differences (see geometry.py).
(function (P) {
  'use strict';

  function bytesOf(text) {
    var raw = atob(text), bytes = new Uint8Array(raw.length);
    for (var i = 0; i < raw.length; i++) { bytes[i] = raw.charCodeAt(i); }
    return bytes;
  }

  function unzip(bytes) {
    var stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    return new Response(stream).arrayBuffer().then(function (all) { return new Uint8Array(all); });
  }

  // longitude and latitude to Web Mercator, 0 to 1; for drawing only
  P.worldX = function (lon) { return lon / 360 + 0.5; };
  P.worldY = function (lat) {
    return 0.5 - Math.log(Math.tan(Math.PI / 4 + lat * Math.PI / 360)) / (2 * Math.PI);
  };

  function read(bytes, from, to) {
    var at = from;
    return {
      next: function () {
        var value = 0, shift = 1, byte;
        do { byte = bytes[at++]; value += (byte & 127) * shift; shift *= 128; } while (byte > 127);
        return value;
      },
      done: function () { return at >= to; }
    };
  }

  // one layer: part[i] first part of feature i, point[j] first point of part j, x, y, box per feature
  function layer(bytes, from, to, pack) {
    var numbers = read(bytes, from, to), features = numbers.next();
    var part = new Uint32Array(features + 1), i, j, total = 0;
    for (i = 0; i < features; i++) { part[i + 1] = part[i] + numbers.next(); }
    var parts = part[features], point = new Uint32Array(parts + 1);
    for (j = 0; j < parts; j++) { total += numbers.next(); point[j + 1] = total; }
    var x = new Float64Array(total), y = new Float64Array(total), dx = 0, dy = 0, z;
    for (i = 0; i < total; i++) {
      z = numbers.next(); dx += z % 2 ? -(z + 1) / 2 : z / 2;
      z = numbers.next(); dy += z % 2 ? -(z + 1) / 2 : z / 2;
      x[i] = P.worldX(pack.west + dx * pack.step);
      y[i] = P.worldY(pack.south + dy * pack.step);
    }
    return { features: features, part: part, point: point, x: x, y: y,
      box: boxes(features, part, point, x, y) };
  }

  function boxes(features, part, point, x, y) {
    var box = new Float64Array(4 * features);
    for (var i = 0; i < features; i++) {
      var west = Infinity, north = Infinity, east = -Infinity, south = -Infinity;
      for (var k = point[part[i]]; k < point[part[i + 1]]; k++) {
        if (x[k] < west) { west = x[k]; }
        if (x[k] > east) { east = x[k]; }
        if (y[k] < north) { north = y[k]; }
        if (y[k] > south) { south = y[k]; }
      }
      box.set([west, north, east, south], 4 * i);
    }
    return box;
  }

  // numbers of a packed text, one call of next() after the other (see packing.py)
  P.numbers = function (text) {
    return unzip(bytesOf(text)).then(function (bytes) { return read(bytes, 0, bytes.length); });
  };

  P.unpack = function () {
    var pack = P.island('planner-geometry');
    P.bounds = pack.bounds;
    return unzip(bytesOf(pack.gzip)).then(function (bytes) {
      var layers = {}, at = 0;
      pack.layers.forEach(function (named) {
        layers[named[0]] = layer(bytes, at, at + named[1], pack);
        at += named[1];
      });
      return layers;
    });
  };
})(window.Planner);
