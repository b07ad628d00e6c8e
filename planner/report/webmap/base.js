// Words, numbers and nodes. Text reaches the page as text nodes only.
window.Planner = {};
(function (P) {
  'use strict';

  P.island = function (id) {
    return JSON.parse(document.getElementById(id).textContent);
  };

  P.data = P.island('planner-data'); // unpack.js fills in the long columns
  P.language = P.data.language;

  // What the page can do beyond drawing comes as features: objects with any of the methods
  // start(map) once shapes are there, speak() after a change of language, show() after a switch,
  // paint(context, view) over the marks, tools() for buttons of the title block.
  P.features = [];
  P.each = function (method) {
    var rest = Array.prototype.slice.call(arguments, 1);
    return P.features.filter(function (feature) { return feature[method]; })
      .map(function (feature) { return feature[method].apply(feature, rest); });
  };

  P.say = function (key, values) {
    var text = P.data.words[P.language][key];
    if (text === undefined) { return key; }
    return text.replace(/\{(\w+)\}/g, function (whole, name) {
      return values && values[name] !== undefined && values[name] !== null ? values[name] : '…';
    });
  };

  P.word = function (group, value) {
    var key = 'table.' + group + '.' + value;
    return P.data.words[P.language][key] === undefined ? String(value) : P.say(key);
  };

  // texts that come in both languages
  P.either = function (texts) { return texts[P.language]; };

  P.isNumber = function (value) { return typeof value === 'number' && isFinite(value); };

  P.number = function (value, digits) {
    if (!P.isNumber(value)) { return P.say('map.none'); }
    return value.toLocaleString(P.language === 'zh' ? 'zh-CN' : 'en-US', {
      minimumFractionDigits: 0, maximumFractionDigits: digits || 0
    });
  };

  P.percent = function (value, digits) {
    if (!P.isNumber(value)) { return P.say('map.none'); }
    return (100 * value).toFixed(digits === undefined ? 1 : digits) + '%';
  };

  // a count of people: null is withheld where the flag says so, otherwise unknown
  P.people = function (value, withheld) {
    if (P.isNumber(value)) { return P.number(value, 0); }
    return withheld ? P.say('map.withheld') : P.say('map.none');
  };

  // a committee's place without the words that every committee carries
  P.short = function (name) {
    return name.replace(/村(民)?委(员)?会$/, '村').replace(/居(民)?委(员)?会$/, '');
  };

  // rows of a table, which the keyboard does not press by itself
  function press(made, act) {
    made.addEventListener('click', act);
    made.addEventListener('keydown', function (event) {
      if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); act(); }
    });
  }

  // node('p', {class: 'x'}, 'text', childNode, ...)
  P.node = function (tag, attributes) {
    var made = document.createElement(tag);
    Object.keys(attributes || {}).forEach(function (name) {
      var value = attributes[name];
      if (name === 'click') { made.addEventListener('click', value); }
      else if (name === 'press') { press(made, value); }
      else if (name === 'class') { made.className = value; }
      else if (value !== null && value !== undefined && value !== false) {
        made.setAttribute(name, value === true ? '' : value);
      }
    });
    for (var i = 2; i < arguments.length; i++) { P.append(made, arguments[i]); }
    return made;
  };

  P.append = function (parent, child) {
    if (child === null || child === undefined) { return; }
    if (Array.isArray(child)) { child.forEach(function (c) { P.append(parent, c); }); return; }
    parent.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
  };

  P.fill = function (parent, children) {
    while (parent.firstChild) { parent.removeChild(parent.firstChild); }
    P.append(parent, children);
    return parent;
  };

  P.at = function (id) { return document.getElementById(id); };

  P.svg = function (tag, attributes, children) {
    var made = document.createElementNS('http://www.w3.org/2000/svg', tag);
    Object.keys(attributes).forEach(function (name) { made.setAttribute(name, attributes[name]); });
    (children || []).forEach(function (child) { made.appendChild(child); });
    return made;
  };
})(window.Planner);
