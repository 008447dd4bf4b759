// How long line items last, put together from the objects and the usage data API.

import { approximate, share, sum, tokens } from "./decimal.js";
import { h } from "./dom.js";
import * as format from "./format.js";
import { badge } from "./widgets.js";

const dayLong = 86_400_000;
const soon = 14 * dayLong;

// hasTokens tells what tokens are charged on from a license without any. An overdraft alone is enough.
const hasTokens = (item) => item.quantity > 0 || item.overdraft === "Unlimited" || item.overdraftLimit > 0;

// lineItems are those of instances with what is left of them. Licenses without tokens are left out.
export function lineItems(instances, summary) {
  const paces = new Map((summary?.instances ?? []).flatMap((i) => i.lineItems.map((l) => [`${i.instance}/${l.activationId}`, l])));
  return instances.flatMap((instance) => instance.lineItems.filter(hasTokens).map((item) => {
    const known = paces.get(`${instance.name}/${item.activationId}`);
    return {
      instance, item, key: `${instance.name}/${item.name}`, name: item.displayName || item.activationId,
      entitled: tokens(item.quantity), used: tokens(item.used), available: tokens(item.available), unlimited: item.unlimited === true,
      overdraftUsed: tokens(item.overdraftUsed), perDay: known?.burnRate && tokens(known.burnRate.value),
      runsOut: known?.exhausted?.time,
      active: item.conditions.find((c) => c.type === "Active"),
    };
  }));
}

export const isChargeable = (row) => row.active?.status === "True";

// tone is how urgent it is.
export function tone(row, now) {
  if (row.unlimited || row.available === undefined || !isChargeable(row)) return "";
  if (row.available === 0n) return "bad";
  if (row.runsOut && new Date(row.runsOut) - now < soon) return "warn";
  return row.used !== undefined && share(row.used, row.entitled) > 0.9 ? "warn" : "";
}

// runsOut says when nothing is left, in words where there is no such day.
export function runsOut(row, now) {
  if (!isChargeable(row)) return h("span", { class: "muted" }, "Not charged now");
  if (row.unlimited) return h("span", { class: "muted" }, "Unlimited overdraft");
  if (row.available === 0n) return badge("bad", "Used up");
  if (row.perDay === undefined) return h("span", { class: "muted" }, format.dash);
  if (row.runsOut) return format.moment(row.runsOut, { now, dateOnly: true });
  if (row.perDay === 0n) return h("span", { class: "muted" }, "Not at this pace");
  return h("span", {}, "Lasts until its end");
}

export const perDay = (row) => (row.perDay === undefined ? format.dash : format.pace(approximate(row.perDay)));

// left adds up what the instances say can be charged now. Of what nothing has a price on at the moment it is a part, too.
export function left(instances) {
  const known = instances.map((i) => i.tokens).filter((t) => t.entitled !== undefined);
  const total = (name) => (known.length > 0 ? sum(known.map((t) => tokens(t[name]))) : undefined);
  return {
    unlimited: known.some((t) => t.unlimited), available: total("available"), entitled: total("entitled"), used: total("used"),
    unknown: instances.length - known.length,
  };
}

// firstOut is the line item that runs out before the others, with no row if none does. It is known when the pace of all of them is:
// any of the others may be the first. What is used up needs no pace.
export function firstOut(rows) {
  const usable = rows.filter((row) => isChargeable(row) && !row.unlimited);
  const empty = usable.find((row) => row.available === 0n);
  if (empty) return { known: true, row: empty };
  if (usable.some((row) => row.perDay === undefined)) return { known: false };
  return { known: true, row: usable.filter((row) => row.runsOut).sort((a, b) => a.runsOut.localeCompare(b.runsOut))[0] };
}

// saidFirst is that in words.
export function saidFirst({ known, row }) {
  if (!known) return { value: format.dash, note: "the pace is not known" };
  if (!row) return { value: "None soon", note: "at the pace of the last 7 days" };
  return { value: row.available === 0n ? "Used up" : format.day(new Date(row.runsOut)), note: `${row.name} of ${row.instance.shortName}` };
}
