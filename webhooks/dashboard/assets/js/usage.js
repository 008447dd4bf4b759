// Queries to the usage data API, and what the page makes of their answers.

import * as api from "./api.js";
import { sum, tokens } from "./decimal.js";
import { buckets, range } from "./state.js";

const fast = 15_000;
const slow = 60_000;
const movesTokens = ["Charge", "AutomaticCharge", "Refund"];

// shownSeries is how many are told apart in a chart; the rest is one.
const shownSeries = 7;
const mostGroups = 200;

// overview is of all instances, so that one can be chosen. An account of the cluster may be allowed single ones only, which it
// has to name.
export function overview(app, include) {
  const named = app.me.role === "cluster" ? app.state.instance : "";
  return app.store.need("overview", { instanceId: named || undefined, include: include?.join(",") || undefined }, api.overview, fast);
}

export const summary = (app) =>
  app.store.need("summary", { instanceId: app.state.instance || undefined, size: 500 }, api.summary, slow);

// filters are those of the state, in the words of the API.
function filters(state, now) {
  const { from, to } = range(state, now);
  return {
    instanceId: state.instance || undefined, lineItem: state.lineItem || undefined, item: state.item || undefined,
    requester: state.user || undefined, from: from.toISOString(), to: to.toISOString(),
  };
}

// series is what was charged over time, by item or by user. The largest ones are asked for by name, so that the answer is
// small however many users there are.
export function series(app) {
  const { state } = app;
  const query = { ...filters(state, app.now), by: state.by, unit: range(state, app.now).unit };
  return app.store.need("series", query, async ({ by, unit, ...selected }, signal) => {
    const kinds = { ...selected, kind: movesTokens };
    const [groups, all] = await Promise.all([
      api.aggregates({ ...kinds, by, top: mostGroups }, signal),
      api.aggregates({ ...kinds, by: unit }, signal),
    ]);
    const largest = groups.buckets.map((b) => b.key[0]).filter((name) => name !== "").slice(0, shownSeries);
    const parts = largest.length === 0 ? { buckets: [] } : await api.aggregates({ ...kinds, by: `${by},${unit}`, [by]: largest }, signal);
    return { groups: groups.buckets, all: all.buckets, parts: parts.buckets, largest };
  }, slow);
}

const figures = (bucket) => ({
  charged: tokens(bucket?.charged ?? "0"), refunded: tokens(bucket?.refunded ?? "0"), used: tokens(bucket?.used ?? "0"),
  records: bucket?.records ?? 0,
});

// chart brings the answers into the form of a chart: what was charged by series, and what was refunded.
export function chart(answer, state, now) {
  const span = range(state, now);
  const starts = buckets(span);
  const place = new Map(starts.map((start, i) => [start.getTime(), i]));
  const at = (text) => place.get(new Date(text).getTime());
  const zeros = () => starts.map(() => 0n);
  const charged = zeros();
  const refunded = zeros();
  const records = starts.map(() => 0);
  for (const bucket of answer.all) {
    const i = at(bucket.key[0]);
    if (i === undefined) continue;
    const f = figures(bucket);
    [charged[i], refunded[i], records[i]] = [f.charged, f.refunded, f.records];
  }
  const rows = answer.largest.map((name) => ({ name, values: zeros() }));
  for (const bucket of answer.parts) {
    const row = rows[answer.largest.indexOf(bucket.key[0])];
    const i = at(bucket.key[1]);
    if (row && i !== undefined) row.values[i] = tokens(bucket.charged);
  }
  const rest = charged.map((total, i) => total - sum(rows.map((row) => row.values[i])));
  if (rest.some((value) => value !== 0n)) rows.push({ name: "Others", rest: true, values: rest });
  return { unit: span.unit, starts, rows, charged, refunded, records };
}

// totals are those of the whole period.
export function totals(answer) {
  const all = answer.all.map(figures);
  return {
    charged: sum(all.map((f) => f.charged)), refunded: sum(all.map((f) => f.refunded)), used: sum(all.map((f) => f.used)),
    records: all.reduce((n, f) => n + f.records, 0),
  };
}

export const groups = (answer) => answer.groups.map((bucket) => ({ name: bucket.key[0], ...figures(bucket) }));

// choices are what the filters offer.
export function choices(app, by) {
  const { from, to } = range(app.state, app.now);
  const query = { instanceId: app.state.instance || undefined, from: from.toISOString(), to: to.toISOString(), by, top: mostGroups };
  return app.store.need("choices", query, api.aggregates, slow * 5);
}

// denials are counts by reason, and the newest ones. The API lists the oldest first: days that have enough of them say
// where to begin.
const newestDenials = 25;
export function denials(app) {
  return app.store.need("denials", filters(app.state, app.now), async (selected, signal) => {
    const query = { ...selected, kind: "Denial" };
    const [reasons, days] = await Promise.all([
      api.aggregates({ ...query, by: "reason" }, signal), api.aggregates({ ...query, by: "day" }, signal),
    ]);
    let from = selected.from;
    let counted = 0;
    for (const bucket of days.buckets.toReversed()) {
      if (counted >= newestDenials) break;
      counted += bucket.records;
      if (bucket.key[0] > from) from = bucket.key[0];
      else from = selected.from;
    }
    const listed = [];
    for (let after = 0, more = counted > 0; more;) {
      const page = await api.records({ ...query, from, after, limit: 1000 }, signal);
      listed.push(...page.records);
      listed.splice(0, listed.length - newestDenials);
      [after, more] = [page.next, page.more];
    }
    return {
      reasons: reasons.buckets.map((b) => ({ reason: b.key[0], records: b.records })).sort((a, b) => b.records - a.records),
      newest: listed.reverse(), total: reasons.buckets.reduce((n, b) => n + b.records, 0),
    };
  }, fast * 2);
}
