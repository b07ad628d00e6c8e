// gzip read back at once, in any browser (RFC 1951 and 1952): the page needs its columns before
// anything is computed, and older browsers of offices have no DecompressionStream.
(function (P) {
  'use strict';

  var EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
  var ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
  var lengthBase = [], farBase = [], farExtra = [], i, base;
  for (i = 0, base = 3; i < 29; i++) { lengthBase[i] = base; base += 1 << EXTRA[i]; }
  lengthBase[28] = 258;
  for (i = 0, base = 1; i < 30; i++) { farExtra[i] = i < 2 ? 0 : (i >> 1) - 1; farBase[i] = base; base += 1 << farExtra[i]; }

  // table[next bits] = symbol * 16 + length of its code
  function table(lengths) {
    var most = 0, count = new Uint16Array(16), next = new Uint16Array(16), i, code = 0;
    for (i = 0; i < lengths.length; i++) {
      count[lengths[i]]++;
      if (lengths[i] > most) { most = lengths[i]; }
    }
    count[0] = 0;
    for (i = 1; i < 16; i++) { code = (code + count[i - 1]) << 1; next[i] = code; }
    var made = new Uint16Array(1 << most);
    for (i = 0; i < lengths.length; i++) {
      var length = lengths[i];
      if (!length) { continue; }
      var value = next[length]++, back = 0, bit;
      for (bit = 0; bit < length; bit++) { back = back << 1 | (value >> bit & 1); }
      for (; back < made.length; back += 1 << length) { made[back] = i << 4 | length; }
    }
    return { made: made, mask: made.length - 1 };
  }

  function filled(from, to, value, into) {
    for (var i = from; i < to; i++) { into[i] = value; }
    return into;
  }

  var fixed = [table(filled(280, 288, 8, filled(256, 280, 7, filled(144, 256, 9, filled(0, 144, 8, new Uint8Array(288)))))),
    table(filled(0, 30, 5, new Uint8Array(30)))];
  var crcTable = new Int32Array(256);
  for (i = 0; i < 256; i++) {
    for (var c = i, k = 0; k < 8; k++) { c = c & 1 ? c >>> 1 ^ 0xEDB88320 : c >>> 1; }
    crcTable[i] = c;
  }

  function checksum(bytes) {
    var sum = -1;
    for (var i = 0; i < bytes.length; i++) { sum = crcTable[(sum ^ bytes[i]) & 255] ^ sum >>> 8; }
    return ~sum;
  }

  function broken() { throw new Error('damaged data'); }

  // `bytes` is one gzip member with the plain head of ten bytes that packing.py writes
  P.inflate = function (bytes) {
    var end = bytes.length - 8, at = 10, hold = 0, held = 0, to = 0, last;
    if (end < 12 || bytes[0] !== 31 || bytes[1] !== 139 || bytes[3] !== 0) { broken(); }
    var tail = new DataView(bytes.buffer, bytes.byteOffset + end, 8), out = new Uint8Array(tail.getUint32(4, true));

    function take(count) {
      while (held < count) { if (at >= end) { broken(); } hold |= bytes[at++] << held; held += 8; }
      var value = hold & (1 << count) - 1;
      hold >>>= count; held -= count;
      return value;
    }
    function symbol(codes) {
      while (held < 15 && at < end) { hold |= bytes[at++] << held; held += 8; }
      var entry = codes.made[hold & codes.mask], length = entry & 15;
      if (!length || length > held) { broken(); }
      hold >>>= length; held -= length;
      return entry >> 4;
    }
    function stored() {
      hold = held = 0;
      var length = bytes[at] | bytes[at + 1] << 8;
      at += 4;
      if (at + length > end || to + length > out.length) { broken(); }
      out.set(bytes.subarray(at, at + length), to);
      at += length; to += length;
    }
    function dynamic() {
      var literals = take(5) + 257, fars = take(5) + 1, orders = take(4) + 4, i;
      var first = new Uint8Array(19), lengths = new Uint8Array(literals + fars);
      for (i = 0; i < orders; i++) { first[ORDER[i]] = take(3); }
      var codes = table(first);
      for (i = 0; i < lengths.length;) {
        var what = symbol(codes);
        if (what < 16) { lengths[i++] = what; continue; }
        var again = what === 16 ? 3 + take(2) : what === 17 ? 3 + take(3) : 11 + take(7);
        if (i + again > lengths.length || (what === 16 && !i)) { broken(); }
        filled(i, i + again, what === 16 ? lengths[i - 1] : 0, lengths);
        i += again;
      }
      return [table(lengths.subarray(0, literals)), table(lengths.subarray(literals))];
    }
    function block(codes) {
      for (;;) {
        var what = symbol(codes[0]);
        if (what < 256) { if (to >= out.length) { broken(); } out[to++] = what; continue; }
        if (what === 256) { return; }
        what -= 257;
        if (what > 28) { broken(); }
        var length = lengthBase[what] + take(EXTRA[what]), far = symbol(codes[1]);
        if (far > 29) { broken(); }
        var from = to - farBase[far] - take(farExtra[far]);
        if (from < 0 || to + length > out.length) { broken(); }
        while (length--) { out[to++] = out[from++]; }
      }
    }
    do {
      last = take(1);
      var kind = take(2);
      if (kind === 0) { at -= held >> 3; stored(); }
      else if (kind === 3) { broken(); }
      else { block(kind === 1 ? fixed : dynamic()); }
    } while (!last);
    if (to !== out.length || checksum(out) !== tail.getInt32(0, true)) { broken(); }
    return out;
  };
})(window.Planner);
