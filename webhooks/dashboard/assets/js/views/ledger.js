// Whether the account of each instance is in order, and whether usage is being recorded.

import { h, show } from "../dom.js";
import * as format from "../format.js";
import { kubectl, sourceButton, verify } from "../source.js";
import * as usage from "../usage.js";
import { badge, card, message, table } from "../widgets.js";
import { summaryNotes } from "./summary.js";

const health = { True: ["good", "In order"], False: ["bad", "Not in order"], Unknown: ["warn", "Not known"] };
const recorded = { True: ["good", "Recorded"], False: ["bad", "Held up"], Unknown: ["warn", "Not known"] };

export const healthPath = `.status.conditions[?(@.type=="LedgerHealthy")]`;

export default (app) => {
  const content = h("div", { class: "stack" });
  return {
    element: h("div", {}, h("div", { class: "page-head" }, h("h1", { id: "view-title", tabindex: "-1" }, "Ledger"),
      h("p", {}, "Every movement is one commit to the account of its instance. Each commit holds the fingerprint of the one before, so that a change by hand shows.")), content),
    draw({ instances, stale, namespace, operator }) {
      const summary = usage.summary(app);
      const open = new Map((summary.value?.instances ?? []).map((i) => [i.instance, i.ledger]));
      show(content, stale && message("warn", "These figures may be old", stale.message), summaryNotes(app, summary, stale),
        instances.filter((i) => i.ledger.healthy === "False").map((i) => message("bad", `Nothing is charged on ${i.shortName}`, i.ledger.message)),
        card("Accounts", { id: "ledger-title", flush: true }, table("Accounts", [
          { title: "Instance", header: true, value: (i) => [i.shortName, h("span", { class: "sub" }, i.accountId)] },
          { title: "Ledger", value: (i) => badge(...(health[i.ledger.healthy] ?? health.Unknown)), figure: (i) => `ledger/${i.name}/healthy` },
          { title: "Usage", value: (i) => recording(i), figure: (i) => `ledger/${i.name}/recorded` },
          { title: "Commits", right: true, value: (i) => (i.ledger.sequence === undefined ? format.dash : format.count(i.ledger.sequence)), figure: (i) => `ledger/${i.name}/sequence` },
          { title: "Not yet recorded", right: true, value: (i) => (open.has(i.name) ? format.count(open.get(i.name).open) : format.dash), figure: (i) => `ledger/${i.name}/open` },
          { title: "Last commit", value: (i) => format.moment(i.ledger.lastCommit, { now: app.now }) },
          { title: "Fingerprint", value: (i) => h("span", { class: "hash", title: i.ledger.hash }, i.ledger.hash ? i.ledger.hash.slice(0, 16) + "…" : format.dash) },
          { label: "Sources", right: true, value: (i) => sources(app, i, { namespace, operator }) },
        ], instances, { key: (i) => i.name })));
    },
  };
};

function recording(instance) {
  const condition = instance.conditions.find((c) => c.type === "UsageRecorded");
  if (!condition) return h("span", { class: "muted" }, format.dash);
  return [badge(...(recorded[condition.status] ?? recorded.Unknown)), condition.status !== "True" && h("span", { class: "sub" }, condition.message)];
}

// The operator's namespace is told only to whoever may know it, and without it there is no proof.
function sources(app, instance, { namespace, operator }) {
  const show = (path) => kubectl("instance", namespace, instance.name, path);
  const api = { path: usage.summaryPath, query: { instanceId: instance.id } };
  return sourceButton(app, `ledger/${instance.name}`, `the ledger of ${instance.shortName}`, () => [
    { figure: "Whether it is in order", command: show(healthPath), api },
    { figure: "Commits, last commit and fingerprint", command: show(".status.ledger"), api },
    { figure: "Whether usage is recorded", command: show(`.status.conditions[?(@.type=="UsageRecorded")]`) },
    { figure: "Not yet recorded", api },
    { figure: "Proof that records and account agree", command: operator && verify(namespace, instance.name, operator) },
  ]);
}
