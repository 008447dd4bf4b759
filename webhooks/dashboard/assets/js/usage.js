// Queries to the usage data API, and what the page makes of their answers.

import * as api from "./api.js";
import { sum, tokens } from "./decimal.js";
import { find as findDenials } from "./denials.js";
import { keptFrom } from "./dropped.js";
import { buckets, range } from "./state.js";

const fast = 15_000;
const slow = 60_000;
const movesTokens = ["Charge", "AutomaticCharge", "Refund"];

// shownSeries is how many are told apart in a chart; the rest is one.
const shownSeries = 7;
const mostGroups = 200;

// overview is of all instances, so that one can be chosen. An account of the cluster may be allowed single ones only, which it
// has to name.
export function overview(app) {
  return needOverview(app, app.me.role === "cluster" ? app.state.instance : "");
}

// detailed is of what is looked at alone, with its sessions or users: as many sessions are listed of the chosen instance as
// otherwise of all together.
export const detailed = (app, include) => needOverview(app, app.state.instance, include);

const needOverview = (app, instance, include) =>
  app.store.need("overview", { instanceId: instance || undefined, include: include?.join(",") || undefined }, api.overview, fast);

export const summary = (app) =>
  app.store.need("summary", { instanceId: app.state.instance || undefined, size: 500 }, findSummary, slow);

// More instances than these pages have are not asked about.
const mostSummaries = 10;

// findSummary goes on until there is no next page. more tells that there are further instances. What was asked is part of it.
async function findSummary(query, signal) {
  const asked = [];
  const instances = [];
  let next = 0;
  do {
    asked.push({ ...query, next: next || undefined });
    const page = await api.summary(asked.at(-1), signal);
    instances.push(...page.instances);
    next = page.next;
  } while (next > 0 && asked.length < mostSummaries);
  return { asked, instances, more: next > 0 };
}

// filters are those of the state, in the words of the API. The overview has no control for line item, item and user, so that
// they narrow nothing down there.
function filters(state, now) {
  const { from, to } = range(state, now);
  const { lineItem, item, user } = state.view === "overview" ? {} : state;
  return {
    instanceId: state.instance || undefined, lineItem: lineItem || undefined, item: item || undefined,
    requester: user || undefined, from: from.toISOString(), to: to.toISOString(),
  };
}

export const aggregatesPath = "usage/v1/aggregates";
export const recordsPath = "usage/v1/records";
export const summaryPath = "usage/v1/summary";

// series is what was charged over time, by item or by user. The largest ones are asked for by name, so that the answer is
// small however many users there are. Where users are told apart or chosen, records of all kinds are added up: there are sums of
// those, and only charges and refunds move tokens. What was asked is part of it.
export function series(app) {
  const { state } = app;
  const query = { ...filters(state, app.now), by: state.by, unit: range(state, app.now).unit };
  return app.store.need("series", query, async ({ by, unit, ...selected }, signal) => {
    const anyKind = { all: selected.requester !== undefined, groups: selected.requester !== undefined || by === "requester" };
    const kind = (any) => (any ? undefined : movesTokens);
    const asked = {
      whole: { ...selected, kind: kind(anyKind.all) },
      groups: { ...selected, kind: kind(anyKind.groups), by, top: mostGroups },
      all: { ...selected, kind: kind(anyKind.all), by: unit },
    };
    const found = await api.aggregates(asked.groups, signal);
    const groups = anyKind.groups ? found.buckets.filter(moves) : found.buckets;
    const largest = groups.map((b) => b.key[0]).filter((name) => name !== "").slice(0, shownSeries);
    if (largest.length > 0) asked.parts = { ...selected, kind: kind(anyKind.groups), by: `${by},${unit}`, [by]: largest };
    const parts = asked.parts ? await api.aggregates(asked.parts, signal) : { buckets: [] };
    // The whole comes last: what is charged meanwhile is part of it.
    const all = await api.aggregates(asked.all, signal);
    return { asked, groups, all: all.buckets, parts: parts.buckets, largest, anyKind, keptFrom: keptFrom([found, parts, all]) };
  }, slow);
}

// moves tells a sum that has charges or refunds from one of other kinds alone.
const moves = (bucket) => tokens(bucket.charged) !== 0n || tokens(bucket.refunded) !== 0n;

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
  // said are the periods that have a line in the table.
  const said = starts.map(() => false);
  for (const bucket of answer.all) {
    const i = at(bucket.key[0]);
    if (i === undefined) continue;
    const f = figures(bucket);
    [charged[i], refunded[i], said[i]] = [f.charged, f.refunded, !answer.anyKind.all || moves(bucket)];
  }
  const rows = answer.largest.map((name) => ({ name, values: zeros() }));
  for (const bucket of answer.parts) {
    const row = rows[answer.largest.indexOf(bucket.key[0])];
    const i = at(bucket.key[1]);
    if (row && i !== undefined) row.values[i] = tokens(bucket.charged);
  }
  const rest = charged.map((total, i) => {
    const others = total - sum(rows.map((row) => row.values[i]));
    return others > 0n ? others : 0n; // records may have been dropped between the questions
  });
  if (rest.some((value) => value !== 0n)) rows.push({ name: "Others", rest: true, values: rest });
  return { unit: span.unit, starts, rows, charged, refunded, said };
}

// totals are those of the whole period.
export function totals(answer) {
  const all = answer.all.map(figures);
  return {
    charged: sum(all.map((f) => f.charged)), refunded: sum(all.map((f) => f.refunded)), used: sum(all.map((f) => f.used)),
    records: all.reduce((n, f) => n + f.records, 0), anyKind: answer.anyKind.all,
    empty: !answer.all.some((bucket) => !answer.anyKind.all || moves(bucket)),
  };
}

export const groups = (answer) => answer.groups.map((bucket) => ({ name: bucket.key[0], ...figures(bucket) }));

// choices are what the filters offer.
export function choices(app, by) {
  const { from, to } = range(app.state, app.now);
  const query = { instanceId: app.state.instance || undefined, from: from.toISOString(), to: to.toISOString(), by, top: mostGroups };
  return app.store.need("choices", query, api.aggregates, slow * 5);
}

export const denials = (app) => app.store.need("denials", filters(app.state, app.now), findDenials, fast * 2);
