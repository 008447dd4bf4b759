// What matters most, at one look.

import { share } from "../decimal.js";
import { h, show } from "../dom.js";
import * as dropped from "../dropped.js";
import * as format from "../format.js";
import * as runway from "../runway.js";
import { kubectl, sourceButton } from "../source.js";
import * as usage from "../usage.js";
import { badge, card, empty, message, meter, tile, when, words } from "../widgets.js";
import { newestSource } from "./denials.js";
import { healthPath } from "./ledger.js";
import { summaryNotes } from "./summary.js";
import { ChartCard, totalSource } from "./usage.js";

const mostRows = 6;

export default (app) => {
  const chart = new ChartCard(app);
  const top = h("div", { class: "stack" });
  const below = h("div", { class: "columns" });
  return {
    element: h("div", { class: "stack" },
      h("div", { class: "page-head" }, h("h1", { id: "view-title", tabindex: "-1" }, "Overview"),
        h("p", {}, "What is used, what is left, and what needs somebody's attention.")), top, chart.element, below),
    recolor: () => chart.recolor(),
    draw({ instances, stale, namespace }) {
      const summary = usage.summary(app);
      const series = usage.series(app);
      const denials = usage.denials(app);
      const rows = runway.lineItems(instances, summary.value);
      show(top, stale && message("warn", "These figures may be old", stale.message), ledgerAlerts(instances),
        dropped.warning(dropped.keptFrom([series.value, denials.value])), tiles(app, rows, instances, series, denials, summary, namespace));
      chart.draw(series, { tables: false });
      show(below, lineItemCard(app, rows, summary, stale, namespace), denialCard(app, denials));
    },
  };
};

function ledgerAlerts(instances) {
  return instances.filter((i) => i.ledger.healthy === "False").map((i) => h("div", { class: "message bad" },
    h("div", {}, h("h2", {}, `Nothing is charged on ${i.shortName}: its ledger is not in order`), h("p", {}, i.ledger.message))));
}

function tiles(app, rows, instances, series, denials, summary, namespace) {
  const left = runway.left(instances);
  const first = runway.saidFirst(runway.firstOut(rows));
  const [active, idle] = ["active", "idle"].map((state) => instances.reduce((n, i) => n + i.counts[state], 0));
  const ledgers = saidLedgers(instances);
  const eachInstance = (key, what, path) => sourceButton(app, key, what, () => instances.map((i) => ({
    figure: i.shortName, command: kubectl("instance", namespace, i.name, path), api: { path: usage.summaryPath, query: { instanceId: i.id } },
  })));
  return h("dl", { class: "tiles six" },
    tile("Used in this period", series.value ? format.parts(usage.totals(series.value).used) : format.dash, {
      name: "period/used", note: series.value ? `in ${format.plural(usage.totals(series.value).records, "record")}` : "of the usage store",
      action: series.value && totalSource(app, series.value),
    }),
    tile("Left to charge", left.unlimited ? "Unlimited" : format.parts(left.available), {
      name: "total/available", note: [`${format.amount(left.entitled)} bought, ${format.amount(left.used)} used`, left.unknown > 0 && `${format.plural(left.unknown, "instance")} not known yet`].filter(Boolean).join(" · "),
      action: eachInstance("left", "what is left", ".status.tokens"),
    }),
    tile("Runs out first", first.value, {
      name: "first/runsOut", words: true, note: first.note + (summary.value && summary.error ? " · may be old" : ""),
      action: summary.value && sourceButton(app, "first", "what runs out first", () => summary.value.asked.map((query) => (
        { figure: "When each line item runs out", api: { path: usage.summaryPath, query } }))),
    }),
    tile("Live sessions", format.count(active + idle), { name: "total/sessions", note: `${format.count(active)} active, ${format.count(idle)} idle`, action: eachInstance("live", "live sessions", ".status.liveSessions") }),
    tile("Denials", denials.value ? format.count(denials.value.total) : format.dash, {
      name: "period/denials", note: denials.value?.reasons[0] ? `mostly ${words(denials.value.reasons[0].reason).toLowerCase()}` : "in this period",
      action: denials.value && sourceButton(app, "denied", "denials in this period", () => [
        { figure: "The number of records", api: { path: usage.aggregatesPath, query: denials.value.asked.whole } },
      ]),
    }),
    tile("Ledgers", ledgers.value, {
      name: "total/ledgers", words: true, note: ledgers.note,
      action: eachInstance("healthy", "the ledgers", healthPath),
    }));
}

// saidLedgers tells what is wrong from what nobody could look at.
function saidLedgers(instances) {
  const sick = instances.filter((i) => i.ledger.healthy === "False");
  const unknown = instances.filter((i) => !["True", "False"].includes(i.ledger.healthy));
  const names = (some) => some.map((i) => i.shortName).join(", ");
  if (sick.length > 0) return { value: `${sick.length} not in order`, note: names(sick) + (unknown.length > 0 ? ` · ${unknown.length} not known` : "") };
  if (unknown.length > 0) return { value: `${unknown.length} not known`, note: names(unknown) };
  return { value: "In order", note: `${format.plural(instances.length, "account")}, in sequence and unaltered` };
}

function lineItemCard(app, rows, summary, stale, namespace) {
  const urgency = { bad: 0, warn: 1, "": 2 };
  const sorted = rows.filter(runway.isChargeable).sort((a, b) => urgency[runway.tone(a, app.now)] - urgency[runway.tone(b, app.now)]
    || (a.runsOut ?? "9").localeCompare(b.runsOut ?? "9"));
  const sources = sourceButton(app, "runway", "the line items", () => sorted.slice(0, mostRows).map((row) => ({
    figure: row.name, command: kubectl("lineitem", namespace, row.item.name, ".status.available"), api: { path: usage.summaryPath, query: { instanceId: row.instance.id } },
  })));
  const actions = h("div", { class: "cell-actions" }, sources, link(app, "lineitems", `All ${rows.length}`));
  return card("What is left", { id: "left-title", flush: true, actions, note: summary.error && !summary.value ? "Without the pace: the usage store cannot be asked right now." : "At the pace of the last 7 days." },
    summary.value && summaryNotes(app, summary, stale),
    sorted.length === 0 ? empty("lineitems", "No line item can be charged now") : h("ul", { class: "runway" }, sorted.slice(0, mostRows).map((row) => {
      const tone = runway.tone(row, app.now);
      return h("li", {},
        h("div", { class: "line" }, h("span", { class: "name" }, row.name), h("span", { class: "number nowrap" },
          row.unlimited ? "no limit" : [h("strong", { "data-figure": `left/${row.key}` }, format.amount(row.available)), h("span", { class: "muted" }, " left")])),
        meter(share(row.used ?? 0n, row.entitled), tone),
        h("div", { class: "line small muted" }, h("span", {}, `${row.instance.shortName} · ${runway.perDay(row)} a day`), h("span", {}, row.runsOut ? [`Runs out `, format.moment(row.runsOut, { dateOnly: true })] : runway.runsOut(row, app.now))));
    })));
}

function denialCard(app, kept) {
  return card("Newest denials", { id: "denials-title", flush: true, actions: h("div", { class: "cell-actions" }, kept.value && newestSource(app, kept.value), link(app, "denials", "All")) },
    when(kept, ({ newest, more, keptFrom }) => (newest.length === 0
      ? dropped.nothing("denials", keptFrom, "Nothing was denied", "in this period")
      : [more && h("p", { class: "card-body small muted" }, "And more: there are newer ones, too many in an hour to be read here."), h("ul", { class: "feed" }, newest.slice(0, mostRows).map((record) => h("li", {},
        h("div", { class: "line" }, badge("warn", words(record.reason)), h("span", { class: "small muted nowrap" }, format.moment(record.time))),
        h("p", {}, [record.item, record.requesterValue && `for ${record.requesterValue}`, `on ${record.instance}`].filter(Boolean).join(" ")))))]), { retry: () => app.refresh() }));
}

function link(app, view, text) {
  return h("a", { href: app.href({ view }), "data-key": `to:${view}`, class: "small", onclick: (event) => { event.preventDefault(); app.go({ view }); } }, text);
}
