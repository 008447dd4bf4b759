// Live sessions, what they hold and what is due, and how to end one.

import * as api from "../api.js";
import { tokens } from "../decimal.js";
import { open } from "../dialog.js";
import { h, show, toast } from "../dom.js";
import * as format from "../format.js";
import { kubectl, sourceButton } from "../source.js";
import * as usage from "../usage.js";
import { badge, card, empty, message, stateBadge, table } from "../widgets.js";

const states = { "": "All", ACTIVE: "Active", IDLE: "Idle" };

export default (app) => {
  const content = h("div", { class: "stack" });
  return {
    element: h("div", {}, h("div", { class: "page-head" }, h("h1", { id: "view-title", tabindex: "-1" }, "Sessions"),
      h("p", {}, "Sessions that have not ended. An active one is charged in advance for each period; a heartbeat that does not come in time ends it. One that holds nothing ends after a while.")), content),
    draw({ instances, stale, namespace }) {
      const all = instances.flatMap((instance) => (instance.sessions ?? []).map((session) => ({ instance, session })));
      const shown = all.filter(({ session }) => !app.state.state || session.state === app.state.state);
      const notListed = instances.reduce((n, i) => n + (i.counts.notListed ?? 0), 0);
      show(content, stale && message("warn", "These figures may be old", stale.message),
        notListed > 0 && message("", `${format.count(notListed)} more sessions are live`, `Only the newest are listed. ${others(app, namespace)}`),
        card("Live sessions", { id: "sessions-title", flush: true, actions: choice(app, all) },
          shown.length === 0 ? empty("sessions", "No session is live", "Sessions appear here as soon as a client opens one.") : sessionTable(app, shown)));
    },
  };
};

// others is where those are that are not listed. A customer has no kubectl, and the REST API lists fewer than this page.
function others({ state, me }, namespace) {
  if (!state.instance) return "Choose one instance to see more of it.";
  if (me.role === "customer") return "Older ones appear here as newer ones end.";
  return `All of them: kubectl get sessions.licensing-operator.dev -n ${namespace}`;
}

function choice(app, all) {
  const number = (state) => all.filter(({ session }) => !state || session.state === state).length;
  return h("fieldset", { class: "segments" }, h("legend", { class: "visually-hidden" }, "State"), Object.entries(states).map(([value, name]) => h("label", {}, h("input", {
    type: "radio", name: "state", value, checked: app.state.state === value, "data-key": `state:${value}`, onchange: () => app.go({ state: value }),
  }), h("span", {}, `${name} ${format.count(number(value))}`))));
}

const key = ({ instance, session }) => `${instance.name}/${session.id}`;

function sessionTable(app, rows) {
  const { now } = app;
  return table("Live sessions", [
    { title: "Session", header: true, value: ({ instance, session }) => [session.requesterValue || "Nobody yet",
      h("span", { class: "sub" }, [instance.shortName, h("span", { title: session.id }, ` · ${session.id.slice(0, 8)}`)])] },
    { title: "State", value: ({ session }) => stateBadge(session.state), figure: (row) => `session/${row.session.id}/state` },
    { title: "Holds", value: ({ session }) => (session.items.length === 0 ? h("span", { class: "muted" }, "Nothing") : h("div", { class: "item-list" },
      session.items.map((item) => h("span", { class: "chip", title: `${format.amount(tokens(item.tokens))} tokens a period` }, `${format.amount(tokens(item.count))} × ${[item.item, item.version].filter(Boolean).join(" ")}`)))) },
    { title: "Charged", right: true, value: ({ session }) => [format.amount(tokens(session.charged)), tokens(session.refunded) > 0n && h("span", { class: "sub" }, `${format.amount(tokens(session.refunded))} refunded`)],
      figure: (row) => `session/${row.session.id}/charged` },
    { title: "Next charge", value: ({ session }) => (session.nextCharge ? format.moment(session.nextCharge, { now }) : idle(session, now)), figure: (row) => `session/${row.session.id}/nextCharge` },
    { title: "Heartbeat", value: ({ session }) => heartbeat(session, now), figure: (row) => `session/${row.session.id}/heartbeat` },
    { label: "Actions", right: true, value: (row) => h("div", { class: "cell-actions" }, sources(app, row), h("button", {
      class: "button compact end", type: "button", "data-key": `end:${row.session.id}`, "aria-label": `End the session of ${row.session.requesterValue || "nobody"}, ${row.session.id.slice(0, 8)}`,
      onclick: () => confirm(app, row),
    }, "End")) },
  ], rows, { key });
}

// idle says since when a session holds nothing, and when that ends it.
function idle(session, now) {
  if (!session.idleSince && !session.idleUntil) return h("span", { class: "muted" }, format.dash);
  return h("span", { class: "muted" }, "Idle ", session.idleSince && h("time", { datetime: session.idleSince }, format.relative(new Date(session.idleSince), now)),
    session.idleUntil && h("span", { class: "sub" }, "ends ", format.moment(session.idleUntil)));
}

function heartbeat(session, now) {
  if (!session.heartbeatBy) return session.nextCharge ? h("span", { class: "muted" }, "After the next charge") : h("span", { class: "muted" }, format.dash);
  if (session.heartbeatCame) return [badge("good", "Received"), h("span", { class: "sub" }, format.moment(session.lastHeartbeat))];
  return [badge(new Date(session.heartbeatBy) < now ? "bad" : "warn", "Due"), h("span", { class: "sub" }, "by ", format.moment(session.heartbeatBy))];
}

function sources(app, { instance, session }) {
  const show = (path) => kubectl("session", session.namespace, session.name, path);
  const api = { path: `api/v1.1/sessions/${session.id}`, instance: instance.id };
  return sourceButton(app, `session/${session.id}`, `session ${session.id.slice(0, 8)}`, () => [
    { figure: "State", command: show(".status.state"), api },
    { figure: "Holds, and what it was charged for the period", command: show(".status.items") },
    { figure: "Charged and refunded in all", command: show(".status.totals"), api: { path: usage.aggregatesPath, query: { instanceId: instance.id, session: session.id } } },
    session.nextCharge && { figure: "Next charge", command: show(".status.nextChargeTime"), api },
    session.heartbeatBy && { figure: "When a heartbeat is due", command: show(".status.heartbeatDeadline") },
    session.idleSince && { figure: "Since when it holds nothing, for at most sessions.idleLimit", command: show(".status.idleSince") },
    session.lastHeartbeat && { figure: "The last heartbeat", command: show(".status.heartbeat.time") },
  ].filter(Boolean));
}

function confirm(app, { instance, session }) {
  const problem = h("p", { class: "field-error", role: "alert" });
  const button = h("button", { class: "button danger", type: "button" }, "End session");
  const close = open({
    title: "End this session?",
    body: [
      h("p", {}, session.items.length > 0
        ? "Whatever uses it has to stop. What is unused of the running period is refunded, as if the client had closed it. This cannot be undone."
        : "It holds nothing at the moment. A client that wants to use it will have to open another one. This cannot be undone."),
      h("dl", { class: "facts" },
        h("dt", {}, "Session"), h("dd", { class: "mono" }, session.id),
        h("dt", {}, "Instance"), h("dd", {}, instance.shortName),
        h("dt", {}, "On behalf of"), h("dd", {}, session.requesterValue || "nobody yet"),
        h("dt", {}, "Holds"), h("dd", {}, session.items.map((item) => `${format.amount(tokens(item.count))} × ${item.item}`).join(", ") || "nothing"),
        session.chargedUntil && [h("dt", {}, "Paid until"), h("dd", {}, format.moment(session.chargedUntil))]),
      problem,
    ],
    foot: [h("button", { class: "button", type: "button", autofocus: true, onclick: () => close() }, "Keep it"), button],
  });
  button.addEventListener("click", async () => {
    button.disabled = true;
    problem.textContent = "";
    try {
      await api.endSession(session.id, instance.id);
      close();
      toast(`The session of ${session.requesterValue || "nobody"} has ended`);
      app.refresh();
      document.getElementById("view-title")?.focus();
    } catch (error) {
      if (error.status === 401) return app.refresh();
      problem.textContent = error.message;
      button.disabled = false;
    }
  });
}
