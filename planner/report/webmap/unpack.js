// What packing.py and geometry.py packed: gzip, variable-length numbers, differences. The columns
// of P.data are there as soon as this script has run; a layer of shapes when it is first asked for.
(function (P) {
  'use strict';

  function unzip(text) {
    var raw = atob(text), bytes = new Uint8Array(raw.length);
    for (var i = 0; i < raw.length; i++) { bytes[i] = raw.charCodeAt(i); }
    return P.inflate(bytes);
  }
  P.unzip = unzip;

  // 0, 1, 2, 3 … back to 0, -1, 1, -2 …
  function unfold(z) { return z % 2 ? -(z + 1) / 2 : z / 2; }

  function lines(bytes) { return new TextDecoder().decode(bytes).split('\n'); }

  var decode = {
    text: function (bytes) { return lines(bytes); },
    word: function (bytes, count) {
      var numbers = P.varints(bytes, 0), size = numbers.next();
      var words = lines(bytes.subarray(numbers.at(), numbers.at() + size)), made = new Array(count);
      numbers = P.varints(bytes, numbers.at() + size);
      for (var i = 0; i < count; i++) { made[i] = words[numbers.next()]; }
      return made;
    },
    serial: function (bytes, count, unit, width) {
      var numbers = P.varints(bytes, 0), size = numbers.next(), at = numbers.at();
      var start = lines(bytes.subarray(at, at + size))[0], made = new Array(count), last = 0;
      numbers = P.varints(bytes, at + size);
      for (var i = 0; i < count; i++) {
        last += unfold(numbers.next());
        made[i] = start + String(last).padStart(width, '0');
      }
      return made;
    },
    number: function (bytes, count, unit, _, least) {
      var numbers = P.varints(bytes, 0), made = new Float64Array(count);
      for (var i = 0; i < count; i++) {
        var z = numbers.next();
        made[i] = z === 0 ? NaN : (z - 1 + least) / unit;
      }
      return made;
    },
    steps: function (bytes, count, unit) {
      var numbers = P.varints(bytes, 0), made = new Float64Array(count), last = 0;
      for (var i = 0; i < count; i++) {
        last += unfold(numbers.next());
        made[i] = last / unit;
      }
      return made;
    }
  };

  // numbers of facilities and demand are typed, NaN where absent; elsewhere lists with null
  var TYPED = ['facilities', 'demand'];

  function withNull(values) {
    var made = new Array(values.length);
    for (var i = 0; i < values.length; i++) { made[i] = isNaN(values[i]) ? null : values[i]; }
    return made;
  }

  function columns(data) {
    var pack = P.island('planner-columns'), bytes = unzip(pack.gzip), at = 0;
    pack.columns.forEach(function (column) {
      var path = column[0], holder = data, last = path.length - 1;
      path.slice(0, last).forEach(function (key) { holder = holder[key]; });
      var made = decode[column[1]](bytes.subarray(at, at + column[4]), column[3], Math.pow(10, column[2]),
        column[2], column[5]);
      holder[path[last]] = made instanceof Float64Array && TYPED.indexOf(path[0]) < 0 ? withNull(made) : made;
      at += column[4];
    });
  }

  function typed(table) {
    Object.keys(table).forEach(function (name) {
      var values = table[name];
      if (!Array.isArray(values) || typeof values[0] === 'string') { return; }
      if (values.every(function (v) { return v === null || typeof v === 'number'; })) {
        table[name] = Float64Array.from(values, function (v) { return v === null ? NaN : v; });
      }
    });
  }

  // longitude and latitude to Web Mercator, 0 to 1; for drawing only
  P.worldX = function (lon) { return lon / 360 + 0.5; };
  P.worldY = function (lat) {
    return 0.5 - Math.log(Math.tan(Math.PI / 4 + lat * Math.PI / 360)) / (2 * Math.PI);
  };

  P.varints = function (bytes, from) {
    var at = from;
    return {
      next: function () {
        var byte = bytes[at++], value = byte & 127, shift = 128;
        while (byte > 127) { byte = bytes[at++]; value += (byte & 127) * shift; shift *= 128; }
        return value;
      },
      at: function () { return at; }
    };
  };

  // one layer: part[i] first part of feature i, point[j] first point of part j, x, y, box per feature
  function layer(bytes, from, pack) {
    var numbers = P.varints(bytes, from), features = numbers.next();
    var part = new Uint32Array(features + 1), i, j, total = 0;
    for (i = 0; i < features; i++) { part[i + 1] = part[i] + numbers.next(); }
    var parts = part[features], point = new Uint32Array(parts + 1);
    for (j = 0; j < parts; j++) { total += numbers.next(); point[j + 1] = total; }
    var places = numbers.next(), lon = new Float64Array(places), lat = new Float64Array(places);
    var x = new Float64Array(total), y = new Float64Array(total), at = 0;
    for (i = 0; i < places; i++) { at += unfold(numbers.next()); lon[i] = P.worldX(pack.west + at * pack.step); }
    for (i = 0, at = 0; i < places; i++) { at += unfold(numbers.next()); lat[i] = P.worldY(pack.south + at * pack.step); }
    for (i = 0, at = 0; i < total; i++) { at += unfold(numbers.next()); x[i] = lon[at]; y[i] = lat[at]; }
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
  P.numbers = function (text) { return P.varints(unzip(text), 0); };

  // layers by name, each unpacked when it is first asked for
  P.unpack = function () {
    var pack = P.island('planner-geometry'), bytes = unzip(pack.gzip), layers = {}, at = 0;
    P.bounds = pack.bounds;
    pack.layers.forEach(function (named) {
      var from = at, made = null;
      at += named[1];
      Object.defineProperty(layers, named[0], { enumerable: true, get: function () {
        made = made || layer(bytes, from, pack);
        return made;
      } });
    });
    return layers;
  };

  // lists of keys and sentences to sentences by key
  function words(listed) {
    var made = { zh: {}, en: {} };
    listed.key.forEach(function (key, i) { made.zh[key] = listed.zh[i]; made.en[key] = listed.en[i]; });
    return made;
  }

  try { columns(P.data); } catch (error) {
    P.damaged = true;
    P.data.words = { key: ['map.broken'], zh: [P.data.broken.zh], en: [P.data.broken.en] };
  }
  P.data.words = words(P.data.words);
  TYPED.forEach(function (name) { typed(P.data[name]); });
})(window.Planner);
