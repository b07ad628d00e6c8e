// The card of what was clicked, and the name under the pointer.
(function (P) {
  'use strict';
  var data = P.data, node = P.node;

  function facts(rows) {
    return node('dl', {}, rows.filter(Boolean).map(function (row) {
      if (row.length === 1) { return node('dt', { class: 'wide' }, row[0]); }
      return [node('dt', {}, row[0]), node('dd', {}, row[1])];
    }));
  }

  function frame(kind, title, under, body) {
    return node('div', { class: 'card ' + kind, role: 'dialog', 'aria-label': title },
      node('button', { type: 'button', class: 'close', 'aria-label': P.say('map.card.close'),
        click: function () { P.pick(null); } }, '×'),
      node('h2', {}, title), under ? node('p', { class: 'under' }, under) : null, body);
  }

  function minutes(value) {
    return P.isNumber(value) ? P.say('map.card.min', { n: P.number(value, 1) }) : P.say('map.card.unreachable');
  }

  // why the two coverages differ here, from the two values themselves
  function why(c, i) {
    if (!P.isNumber(c.share[i]) || c.kind[i] === 'other') { return null; }
    if (!c.station[i] && c.share[i] >= 0.5) { return P.say('map.card.across', { share: P.percent(c.share[i]) }); }
    if (c.station[i] && c.share[i] < 0.5) { return P.say('map.card.far', { share: P.percent(c.share[i]) }); }
    return null;
  }

  function mainReason(c, i) {
    if (!c.why[i] && !c.whyWithheld[i]) { return null; }
    return [P.say('map.card.why'), c.why[i] ? P.word('reason', c.why[i]) : P.say('map.withheld')];
  }

  function tiers(c, i) {
    if (!c.tiers.length) { return []; }
    return [[P.say('map.card.tiers')]].concat(c.tiers.map(function (tier) {
      return [P.word('facility_kind', tier.kind), minutes(tier.minutes[i])];
    }));
  }

  var made = {};

  made.community = function (i) {
    var c = data.communities, hidden = c.withheld[i], norm = data.summary.space_ratio.norm_m2_per_100_households;
    var county = data.counties.name[c.county[i]], reason = why(c, i);
    var planned = P.isNumber(c.reached[i]) ? c.reached[i] + c.newly[i] - (c.lost ? c.lost[i] : 0) : null;
    var none = !hidden && !P.isNumber(c.older[i]);
    return frame('community', c.name[i],
      [P.word('unit_kind', c.kind[i]), county, c.code[i]].filter(Boolean).join(' · '), [
        facts([
          [P.say('map.older'), P.people(c.older[i], hidden)],
          [P.say('map.card.now'), P.people(c.reached[i], hidden) + ' · ' + P.percent(c.share[i])],
          [P.say('map.card.planned'), P.people(planned, hidden) + ' · ' + P.percent(c.sharePlanned[i])],
          c.lost ? [P.say('map.card.people_lost'), P.people(c.lost[i], hidden)] : null,
          none ? null : mainReason(c, i),
          none ? null : [P.say('map.card.minutes'), minutes(c.minutes[i])],
          none ? null : [P.say('map.card.minutes_planned'), minutes(c.minutesPlanned[i])],
          [P.say('map.card.nearest'), c.nearest[i] >= 0 ? data.facilities.name[c.nearest[i]] : P.say('map.none')],
          [P.say('map.card.station'), P.say(c.station[i] ? 'map.card.yes' : 'map.card.no')],
          [P.say('map.card.households'), P.number(c.households[i])],
          [P.say('map.card.floor'), P.number(c.floor[i])],
          [P.say('map.card.ratio', { norm: P.number(norm, 1) }), P.number(c.ratio[i], 1)],
          [P.say('map.card.deficit'), P.number(c.deficit[i])]
        ].concat(none ? [] : tiers(c, i))),
        reason ? node('p', { class: 'why' }, reason) : null
      ]);
  };

  made.facility = function (i) {
    var f = data.facilities, home = f.community[i], goes = data.summary.closed[f.goes[i]];
    return frame('facility', f.name[i], P.word('facility_kind', f.kind[i]), facts([
      [P.say('map.card.home'), home >= 0 ? data.communities.name[home] : P.say('map.none')],
      [P.say('map.card.area'), P.number(f.floor[i])],
      [P.say('map.card.beds'), P.number(f.beds[i])],
      [P.say('map.card.nursing'), P.number(f.nursing[i])],
      [P.say('map.card.serves'), P.say(f.serves[i] ? 'map.card.counts' : 'map.card.not_counted')],
      goes ? [P.say('map.card.goes'), goes.moved_to === null ? P.say('map.card.closes') :
        P.say('map.card.moves_to', { order: goes.moved_to.order, name: goes.moved_to.name })] : null,
      goes ? [P.say('map.card.loses'), P.people(goes.loses, true)] : null,
      goes ? [P.say('map.card.others'), P.people(goes.others, true)] : null
    ]));
  };

  made.site = function (i) {
    var s = data.summary.proposed_sites[i];
    return frame('site', P.say('map.card.site', { order: s.order, name: s.name }), P.say('map.card.proposed'), facts([
      s.tier ? [P.say('map.card.tier'), s.tier] : null,
      s.moved_from ? [P.say('map.card.moved_from'), s.moved_from.name] : null,
      [P.say('map.sites.gain'), P.people(s.gain, true)],
      [P.say('map.sites.share'), P.percent(s.cumulative_share)],
      s.tier ? null : [P.say('map.card.where'), s.where.join('、') + (s.where_more ? '…' : '')],
      s.tier ? null : [P.say('map.card.lost'), P.people(s.lost_if_dropped, true)],
      s.tier ? null : [P.say('map.card.next_best'), s.next_best === null ? P.say('map.card.no_neighbour') :
        P.say('map.card.next_best_told', { name: s.next_best.name, away: s.next_best.away_m,
          change: (s.next_best.change > 0 ? '+' : '') + P.people(s.next_best.change, true) })],
      s.tier ? null : [P.say('map.card.chosen_in'), P.say('map.card.chosen_in_told',
        { count: s.chosen_in.length, tried: data.summary.variants.length })],
      [P.say('map.card.way'), s.way || P.say('map.card.open')],
      [P.say('map.card.year'), s.year === null ? P.say('map.card.open') : String(s.year)],
      [P.say('map.card.cost'), s.cost === null ? P.say('map.card.open') : P.number(s.cost, 1)],
      [P.say('map.card.place'), s.lon.toFixed(5) + ', ' + s.lat.toFixed(5)]
    ]));
  };

  made.finding = function (i) {
    var f = data.findings.rows[i];
    var place = [f.source, f.layer, f.row === null ? '' : P.say('map.card.row', { row: f.row }), f.column]
      .filter(Boolean).join(' › ');
    return frame('finding', P.word('severity', f.severity), place,
      [node('p', {}, P.either(f.what)), node('p', {}, P.either(f.do))]);
  };

  made.demand = function (i) {
    var d = data.demand, home = d.community[i];
    return frame('demand', P.say('map.card.cell'), home >= 0 ? data.communities.name[home] : '', facts([
      [P.say('map.older'), P.people(d.older[i])],
      [P.say('map.card.now'), P.people(d.reached[i], true)],
      [P.say('map.card.newly'), P.people(d.newly[i], true)],
      [P.say('map.card.minutes'), minutes(d.minutes[i])]
    ]));
  };

  P.card = function () {
    var picked = P.state.picked;
    P.fill(P.cardBox, picked ? made[picked.what](picked.at) : null);
  };

  // the name of what lies under the pointer
  P.nameOf = function (found) {
    if (!found) { return ''; }
    if (found.what === 'facility') { return data.facilities.name[found.at]; }
    if (found.what === 'finding') { return P.either(data.findings.rows[found.at].what); }
    if (found.what === 'demand') { return P.say('map.card.cell') + ' ' + P.people(data.demand.older[found.at]); }
    var c = data.communities, mode = P.modes[P.state.mode], value = mode && mode.values[found.at];
    if (!mode) { return c.name[found.at]; }
    return c.name[found.at] + '  ' + (P.isNumber(value) ?
      (mode.people ? P.percent(value) : P.number(value, 1)) : P.classLabel(mode, P.classOf(mode, found.at)));
  };
})(window.Planner);
