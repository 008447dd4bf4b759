// Denials from the usage data API: how many for which reason, and the newest ones.

import * as api from "./api.js";
import { keptFrom } from "./dropped.js";

const wanted = 25;

// The API lists them in the order in which they were recorded. A page has mostListed records; more than mostPages are not read, whatever happened in an hour.
const mostListed = 1000;
const mostPages = 3;

// find gives the counts of what is selected, and the newest denials. more tells that there are newer ones than those. What was
// asked is part of it.
export async function find(selected, signal) {
  const query = { ...selected, kind: "Denial" };
  const asked = { whole: query, reasons: { ...query, by: "reason" } };
  const [reasons, days] = await Promise.all([
    api.aggregates(asked.reasons, signal), api.aggregates({ ...query, by: "day" }, signal),
  ]);
  const total = reasons.buckets.reduce((n, b) => n + b.records, 0);
  const { newest, more, last } = await list(query, await newestFrom(query, days.buckets, signal), signal);
  return {
    asked: { ...asked, newest: last },
    reasons: reasons.buckets.map((b) => ({ reason: b.key[0], records: b.records })).sort((a, b) => b.records - a.records),
    newest, more, total, keptFrom: keptFrom([reasons, days]),
  };
}

// newestFrom is the hour in which the newest ones begin; undefined if there are none.
async function newestFrom(query, days, signal) {
  const day = back(days, wanted);
  if (!day || day.before + day.records <= wanted) return day && later(query.from, day.start);
  const end = new Date(Math.min(day.start.getTime() + 86_400_000, new Date(query.to).getTime())).toISOString();
  const hours = await api.aggregates({ ...query, from: later(query.from, day.start), to: end, by: "hour" }, signal);
  return later(query.from, back(hours.buckets, wanted - day.before)?.start ?? day.start);
}

// back goes from the newest bucket to the one with which there are enough records, or to the oldest one. before is how many are
// newer.
function back(buckets, enough) {
  let before = 0;
  let found;
  for (const { key, records } of buckets.toReversed()) {
    if (found) before += found.records;
    found = { start: new Date(key[0]), records, before };
    if (before + records >= enough) break;
  }
  return found;
}

// A day may begin before what is asked about.
const later = (from, start) => (new Date(from) > start ? from : start.toISOString());

// Records wait for the store, and those of several instances are not in order.
const newer = (a, b) => new Date(b.time) - new Date(a.time);

// list gives the newest ones, and the last page that was asked for.
async function list(query, from, signal) {
  const newest = [];
  let last;
  let more = from !== undefined;
  for (let pages = 0, after = 0; more && pages < mostPages; pages++) {
    last = { ...query, from, after, limit: mostListed };
    const page = await api.records(last, signal);
    // Of one moment what was recorded later is newer. Positions tell that to the producer only.
    newest.unshift(...page.records.reverse());
    newest.sort(newer).splice(wanted);
    [after, more] = [page.next, page.more];
  }
  return { newest, more, last };
}
