// What is left of each line item, how fast it is used, and until when it lasts.

import { share } from "../decimal.js";
import { h, show } from "../dom.js";
import * as format from "../format.js";
import * as runway from "../runway.js";
import { kubectl, sourceButton } from "../source.js";
import * as usage from "../usage.js";
import { badge, card, empty, message, meter, stateBadge, table } from "../widgets.js";
import { summaryNotes } from "./summary.js";

export default (app) => {
  const content = h("div", { class: "stack" });
  return {
    element: h("div", {}, h("div", { class: "page-head" }, h("h1", { id: "view-title", tabindex: "-1" }, "Line items"),
      h("p", {}, "What was bought, what is left of it, and when it will run out at the pace of the last 7 days.")), content),
    draw({ instances, stale, namespace, operator }) {
      const summary = usage.summary(app);
      const rows = runway.lineItems(instances, summary.value);
      const without = instances.reduce((n, i) => n + i.lineItems.length, 0) - rows.length;
      show(content, stale && message("warn", "These figures may be old", stale.message),
        summaryNotes(app, summary, stale),
        card("Tokens", { id: "lineitems-title", flush: true, note: without > 0 && `${format.plural(without, "license")} without tokens stand${without === 1 ? "s" : ""} under Named users.` },
          rows.length === 0 ? empty("lineitems", "No tokens were sold yet", "Line items with a quantity or an overdraft appear here.") : lineItemTable(app, rows, { namespace, operator })));
    },
  };
};

function lineItemTable(app, rows, where) {
  return table("Line items with tokens", [
    { title: "Line item", header: true, value: (row) => [row.name, h("span", { class: "sub" }, [row.instance.shortName, row.item.displayName && row.item.activationId].filter(Boolean).join(" · "))] },
    { title: "State", value: (row) => [stateBadge(row.item.state), !runway.isChargeable(row) && row.active && h("span", { class: "sub" }, row.active.message)] },
    { title: "Entitled", right: true, value: (row) => format.amount(row.entitled), figure: (row) => `lineitem/${row.key}/entitled` },
    { title: "Used", right: true, value: (row) => format.amount(row.used), figure: (row) => `lineitem/${row.key}/used` },
    { title: "Left", right: true, value: (row) => (row.unlimited ? "Unlimited" : format.amount(row.available)), figure: (row) => `lineitem/${row.key}/available` },
    { title: "Used up", value: (row) => bar(row, app.now) },
    { title: "A day", right: true, value: (row) => runway.perDay(row), figure: (row) => `lineitem/${row.key}/perDay` },
    { title: "Runs out", value: (row) => runway.runsOut(row, app.now), figure: (row) => `lineitem/${row.key}/runsOut` },
    { title: "Valid until", value: (row) => format.moment(row.item.end, { dateOnly: true }) },
    { label: "Sources", right: true, value: (row) => sources(app, row, where) },
  ], rows, { key: (row) => row.key });
}

function bar(row, now) {
  if (row.used === undefined) return h("span", { class: "muted" }, format.dash);
  const part = share(row.used, row.entitled);
  return h("div", { class: "bar-cell" }, meter(part, runway.tone(row, now)), h("span", { class: "sub" }, part > 0 && part < 0.01 ? "under 1 %" : `${Math.round(part * 100)} %`,
    row.overdraftUsed > 0n && [" · ", badge("warn", `${format.amount(row.overdraftUsed)} overdrawn`)]));
}

// The operator's namespace is told only to whoever may know it.
function sources(app, row, { namespace, operator }) {
  const { item, instance } = row;
  const show = (path) => kubectl("lineitem", namespace, item.name, path);
  const api = { path: usage.summaryPath, query: { instanceId: instance.id } };
  return sourceButton(app, `lineitem/${row.key}`, row.name, () => [
    { figure: "Entitled", command: show(".spec.quantity"), api },
    { figure: "Used", command: show(".status.used"), api },
    { figure: "Left", command: show(".status.available"), api },
    { figure: "A day, and the day it runs out", api },
    { figure: "The account, which has the exact figures", command: operator && instance.ledger.account && kubectl("configmap", operator, instance.ledger.account) },
  ]);
}
