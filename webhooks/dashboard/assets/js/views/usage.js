// Tokens over time, by item or by user.

import { Chart, bucketName, swatchOf } from "../chart.js";
import { sum } from "../decimal.js";
import { h, icon, show } from "../dom.js";
import * as dropped from "../dropped.js";
import * as format from "../format.js";
import { sourceButton } from "../source.js";
import * as usage from "../usage.js";
import { card, download, table, tile, when } from "../widgets.js";

export const byNames = { item: "item", requester: "user" };

// chartCard is also part of the overview.
export class ChartCard {
  element = h("div", {});
  #app;
  #chart = new Chart();

  constructor(app) {
    this.#app = app;
  }

  recolor() {
    this.#chart.redraw();
  }

  draw(kept, { tables } = {}) {
    const { state } = this.#app;
    const by = byNames[state.by];
    show(this.element, card(`Tokens by ${by}`, {
      id: "chart-title", flush: true, actions: h("div", { class: "cell-actions" }, this.#switch(), kept.value && chartSource(this.#app, kept.value)),
      note: "Charged tokens stand above the line, refunds below it. Days and hours are those of UTC.",
    }, when(kept, (answer) => this.#body(usage.chart(answer, state, this.#app.now), answer, by, tables), { retry: () => this.#app.refresh() })));
    if (kept.value === undefined) return;
    const slot = this.element.querySelector("[data-own]");
    if (slot && !slot.contains(this.#chart.element)) slot.append(this.#chart.element);
    this.#chart.draw(usage.chart(kept.value, state, this.#app.now));
  }

  #switch() {
    const { state } = this.#app;
    return h("fieldset", { class: "segments" }, h("legend", { class: "visually-hidden" }, "Tell tokens apart"),
      Object.entries(byNames).map(([value, name]) => h("label", {}, h("input", {
        type: "radio", name: "by", value, checked: state.by === value, "data-key": `by:${value}`, onchange: () => this.#app.go({ by: value }),
      }), h("span", {}, `By ${name}`))));
  }

  #body(data, answer, by, tables) {
    const total = usage.totals(answer);
    if (total.empty) return dropped.nothing("usage", answer.keptFrom, "Nothing was charged in this period", "Charges, refunds and automatic charges appear here as soon as they are recorded.");
    return [
      h("figure", { class: "card-body" },
        h("div", { role: "img", "aria-label": `Bar chart of ${format.amount(total.charged)} tokens charged and ${format.amount(total.refunded)} refunded by ${by} over time. ${tables === false ? "Usage has the same figures as a table." : "The table below has the same figures."}` }, h("div", { "data-own": "chart" })),
        h("ul", { class: "legend", "aria-label": "What was charged" }, data.rows.map((row, i) => h("li", {},
          h("span", { class: `swatch ${swatchOf(row, i)}` }), row.name || `No ${by}`, h("span", { class: "number" }, format.amount(sum(row.values))))),
        total.refunded !== 0n && h("li", {}, h("span", { class: "swatch sr" }), "Refunded", h("span", { class: "number" }, format.amount(total.refunded))))),
      tables === false ? this.#elsewhere() : this.#table(data, by),
    ];
  }

  // The overview is about all line items, items and users.
  #elsewhere() {
    const all = { view: "usage", lineItem: "", item: "", user: "" };
    return h("p", { class: "card-body small" }, h("a", {
      href: this.#app.href(all), "data-key": "chart-table", onclick: (event) => { event.preventDefault(); this.#app.go(all); },
    }, "The same figures as a table"));
  }

  #table(data, by) {
    const lines = data.starts.map((start, i) => ({ start, i })).filter(({ i }) => data.said[i]);
    const columns = [
      { title: "Time", header: true, value: ({ start }) => h("time", { datetime: start.toISOString() }, bucketName(start, data.unit)) },
      ...data.rows.map((row) => ({ title: row.name || `No ${by}`, right: true, value: ({ i }) => format.amount(row.values[i]) })),
      { title: "Charged", right: true, value: ({ i }) => format.amount(data.charged[i]), figure: ({ start }) => `series/${start.toISOString()}/charged` },
      { title: "Refunded", right: true, value: ({ i }) => format.amount(data.refunded[i]), figure: ({ start }) => `series/${start.toISOString()}/refunded` },
    ];
    const plain = (value) => format.amount(value).replaceAll(",", "").replace("−", "-");
    return h("details", { class: "as-table", "data-key": "as-table" }, h("summary", {}, "Show as a table"),
      h("div", { class: "actions" }, h("button", {
        class: "button compact", type: "button", "data-key": "csv",
        onclick: () => download(`tokens-by-${by}.csv`, columns.map((c) => c.title), lines.map(({ start, i }) => [
          start.toISOString(), ...data.rows.map((row) => plain(row.values[i])), plain(data.charged[i]), plain(data.refunded[i]),
        ])),
      }, icon("download", true), "CSV")),
      table(`Tokens by ${by} and ${data.unit}`, columns, lines));
  }
}

function chartSource(app, { asked }) {
  const by = byNames[app.state.by];
  return sourceButton(app, "chart", `tokens by ${by}`, () => [
    { figure: "What was charged and refunded over time", api: { path: usage.aggregatesPath, query: asked.all } },
    asked.parts && { figure: `What was charged over time, by ${by}`, api: { path: usage.aggregatesPath, query: asked.parts } },
  ].filter(Boolean));
}

// totalSource is one sum of everything that the period's figures are about.
export const totalSource = (app, { asked }) => sourceButton(app, "period", "this period", () => [
  { figure: "Used, charged, refunded, and the number of records", api: { path: usage.aggregatesPath, query: asked.whole } },
]);

// filterRow narrows usage and denials down.
export function filterRow(app, instances) {
  const { state } = app;
  const select = (name, label, options, said = (v) => v) => {
    const offered = [...new Set([...options, state[name]])].filter(Boolean).sort();
    return h("div", { class: "field" }, h("label", { for: `f-${name}` }, label), h("select", {
      id: `f-${name}`, "data-key": `filter:${name}`, onchange: (event) => app.go({ [name]: event.target.value }),
    }, h("option", { value: "" }, "All"), offered.map((value) => h("option", { value, selected: value === state[name] }, said(value)))));
  };
  const named = (by) => usage.choices(app, by).value?.buckets.map((b) => b.key[0]) ?? [];
  const any = state.lineItem || state.item || state.user;
  return h("div", { class: "filters", role: "group", "aria-label": "Narrow down" },
    select("lineItem", "Line item", instances.flatMap((i) => i.lineItems.map((l) => l.activationId))),
    select("item", "Item", named("item")), select("user", "User", named("requester")),
    any && h("button", { class: "button quiet", type: "button", "data-key": "filter:clear", onclick: () => app.go({ lineItem: "", item: "", user: "" }) }, "Clear"));
}

export default (app) => {
  const chart = new ChartCard(app);
  const filters = h("div", {});
  const groups = h("div", {});
  const tiles = h("div", { class: "stack" });
  return {
    element: h("div", { class: "stack" }, h("div", { class: "page-head" }, h("h1", { id: "view-title", tabindex: "-1" }, "Usage"),
      h("p", {}, "What was charged and given back, as it is billed: exact to a millionth of a token.")), filters, tiles, chart.element, groups),
    recolor: () => chart.recolor(),
    draw({ instances }) {
      const kept = usage.series(app);
      show(filters, filterRow(app, instances));
      show(tiles, kept.value && [dropped.warning(kept.value.keptFrom), totalsRow(app, kept.value)]);
      chart.draw(kept);
      show(groups, kept.value && !usage.totals(kept.value).empty && breakdown(app, kept.value, byNames[app.state.by]));
    },
  };
};

function totalsRow(app, answer) {
  const total = usage.totals(answer);
  return h("dl", { class: "tiles" },
    tile("Used in this period", format.parts(total.used), { name: "period/used", note: "charged less refunded", action: totalSource(app, answer) }),
    tile("Charged", format.parts(total.charged), { name: "period/charged" }),
    tile("Refunded", format.parts(total.refunded), { name: "period/refunded" }),
    tile("Records", format.count(total.records), { name: "period/records", note: total.anyKind ? "of all kinds, denials too" : "charges and refunds" }));
}

function breakdown(app, answer, by) {
  const rows = usage.groups(answer);
  const filter = by === "user" ? "user" : "item";
  const actions = sourceButton(app, "groups", `each ${by}`, () => [{ figure: `Sums by ${by}`, api: { path: usage.aggregatesPath, query: answer.asked.groups } }]);
  return card(`Each ${by}`, { id: "groups-title", flush: true, actions, note: `The ${rows.length >= 200 ? "200 largest" : "largest first"}. Choose one to see it alone.` }, table(`Tokens by ${by}`, [
    { title: by === "user" ? "User" : "Item", header: true, value: (row) => (row.name
      ? h("a", { href: app.href({ [filter]: row.name }), "data-key": `group:${row.name}`, onclick: (event) => { event.preventDefault(); app.go({ [filter]: row.name }); } }, row.name)
      : h("span", { class: "muted" }, `No ${by}`)) },
    { title: "Used", right: true, value: (row) => format.amount(row.used), figure: (row) => `group/${row.name}/used` },
    { title: "Charged", right: true, value: (row) => format.amount(row.charged), figure: (row) => `group/${row.name}/charged` },
    { title: "Refunded", right: true, value: (row) => format.amount(row.refunded), figure: (row) => `group/${row.name}/refunded` },
    { title: answer.anyKind.groups ? "Records of all kinds" : "Records", right: true, value: (row) => format.count(row.records), figure: (row) => `group/${row.name}/records` },
  ], rows));
}
