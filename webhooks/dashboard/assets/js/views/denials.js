// What was refused, and why.

import { tokens } from "../decimal.js";
import { h, show } from "../dom.js";
import * as dropped from "../dropped.js";
import * as format from "../format.js";
import { sourceButton } from "../source.js";
import * as usage from "../usage.js";
import { badge, card, meter, table, when, words } from "../widgets.js";
import { filterRow } from "./usage.js";

export default (app) => {
  const filters = h("div", {});
  const content = h("div", { class: "stack" });
  return {
    element: h("div", { class: "stack" }, h("div", { class: "page-head" }, h("h1", { id: "view-title", tabindex: "-1" }, "Denials"),
      h("p", {}, "What was asked for and not granted. A denial moves no tokens.")), filters, content),
    draw({ instances }) {
      show(filters, filterRow(app, instances));
      show(content, when(usage.denials(app), (found) => [dropped.warning(found.keptFrom), found.total === 0
        ? card("Denials", { id: "denials-title" }, dropped.nothing("denials", found.keptFrom, "Nothing was denied in this period", "Denials appear here with the reason and the figures that led to it."))
        : [reasons(app, found), newest(app, found)]], { retry: () => app.refresh() }));
    },
  };
};

function reasons(app, { reasons: all, total, asked }) {
  return card("Why", {
    id: "reasons-title", note: `${format.plural(total, "denial")} in this period.`,
    actions: sourceButton(app, "denials", "denials", () => [{ figure: "Counts by reason", api: { path: usage.aggregatesPath, query: asked.reasons } }]),
  }, h("ul", { class: "reasons" }, all.map(({ reason, records }) => h("li", {},
    h("div", { class: "line" }, h("span", {}, words(reason), " ", h("code", { class: "small muted" }, reason)), h("strong", { class: "number", "data-figure": `denials/${reason}` }, format.count(records))),
    meter(records / all[0].records, "")))));
}

// limitation names the ones that every license has.
const limitation = (record) => ({ "#seat": "Active users", "#token": "Activations" })[record.limitationId] ?? record.limitationId;

// newestNote says how many there are beside those listed, and where newer ones can be found if the page did not read so far.
function newestNote({ newest: records, more, total }) {
  if (more) return `${records.length} of ${format.count(total)}, and more: there are newer ones, too many in an hour to be read here. The usage data API lists them.`;
  return total > records.length && `The newest ${records.length} of ${format.count(total)}.`;
}

// The API lists them in the order in which they were recorded, which may be another than that of their times.
export const newestSource = (app, { asked }) => asked.newest && sourceButton(app, "newest", "the newest denials", () => [
  { figure: "The newest denials, those with the latest time", api: { path: usage.recordsPath, query: asked.newest } },
]);

function newest(app, found) {
  return card("Newest", { id: "newest-title", flush: true, note: newestNote(found), actions: newestSource(app, found) }, table("Newest denials", [
    { title: "When", header: true, value: (r) => h("span", { class: "nowrap" }, format.moment(r.time)) },
    { title: "Why", value: (r) => [badge("warn", words(r.reason)), r.message && h("span", { class: "sub" }, r.message)] },
    { title: "Item", value: (r) => [r.item || limitation(r) || h("span", { class: "muted" }, format.dash),
      h("span", { class: "sub" }, [r.version, r.item && limitation(r)].filter(Boolean).join(" · "))] },
    { title: "Count", right: true, value: (r) => (r.count === undefined ? format.dash : format.amount(tokens(r.count))) },
    { title: "Would take", right: true, value: (r) => (tokens(r.tokens) ? format.amount(tokens(r.tokens)) : format.dash) },
    { title: "User", value: (r) => [r.requesterValue || h("span", { class: "muted" }, format.dash), h("span", { class: "sub" }, r.instance)] },
  ], found.newest, { key: (r) => r.id }));
}
