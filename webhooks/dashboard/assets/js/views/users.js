// Named users: who holds what, how many places are free, and who is waiting.

import { share, tokens } from "../decimal.js";
import { h, show } from "../dom.js";
import * as format from "../format.js";
import { kubectl, limitationPath, sourceButton } from "../source.js";
import { summaryPath } from "../usage.js";
import { badge, card, empty, message, meter, table, words } from "../widgets.js";

export default (app) => {
  const content = h("div", { class: "stack" });
  return {
    element: h("div", {}, h("div", { class: "page-head" }, h("h1", { id: "view-title", tabindex: "-1" }, "Named users"),
      h("p", {}, "The limits of each license, how much of them is free, and who waits for a place.")), content),
    draw({ instances, stale, namespace }) {
      const licenses = instances.flatMap((instance) => instance.lineItems.filter((item) => item.license).map((item) => ({ instance, item, license: item.license })));
      show(content, stale && message("warn", "These figures may be old", stale.message),
        licenses.length === 0
          ? card("Licenses", { id: "licenses-title" }, empty("users", "There is no license for named users", "Line items with a product or an edition appear here."))
          : licenses.map((row) => licenseCard(app, row, namespace)));
    },
  };
};

function licenseCard(app, { instance, item, license }, namespace) {
  const key = `${instance.name}/${item.name}`;
  const seats = {
    name: "Active users", key: `license/${key}/seats`, used: tokens(license.active), waiting: license.waitingForSeat,
    limit: license.userLimit === undefined ? undefined : tokens(license.userLimit),
  };
  const limitations = license.limitations.map((l) => ({
    name: l.name, key: `license/${key}/${l.id}`, used: tokens(l.used), limit: tokens(l.limit), remaining: tokens(l.remaining), waiting: l.waiting, perUser: l.perUser, nextReset: l.nextReset,
  }));
  return card(item.displayName || item.activationId, {
    id: `license-${item.name}`, flush: true, note: `${instance.shortName} · license ${license.id}`,
    actions: sourceButton(app, `license/${key}`, item.displayName || item.activationId, () => sources(item, license, instance, namespace)),
  }, h("div", { class: "limits" }, [seats, ...limitations].map(limit)), users(item, license));
}

// rest is nothing where a limit was lowered below what is used.
const rest = (limit, used) => (used < limit ? limit - used : 0n);

function limit(row) {
  const free = row.remaining ?? (row.limit === undefined ? undefined : rest(row.limit, row.used ?? 0n));
  const full = free === 0n;
  return h("div", { class: "limit", "data-figure": row.key },
    h("div", { class: "limit-name" }, row.name, row.nextReset && h("span", { class: "small muted" }, " · starts again ", format.moment(row.nextReset, { dateOnly: true }))),
    row.limit === undefined ? h("div", {}) : meter(share(row.used ?? 0n, row.limit), full ? "warn" : ""),
    h("div", { class: "limit-figures" }, h("strong", {}, format.amount(row.used)), row.limit === undefined ? h("span", { class: "muted" }, " used, no limit")
      : h("span", { class: "muted" }, ` of ${format.amount(row.limit)} · `, h("span", { class: "free" }, `${format.amount(free)} free`))),
    row.waiting.length > 0 && h("div", { class: "waiting" }, h("strong", {}, `${format.plural(row.waiting.length, "user")} waiting`),
      h("ul", {}, row.waiting.map((user) => h("li", {}, user.name ? `${user.name} (${user.userId})` : user.userId, h("span", { class: "muted" }, ` — ${words(user.reason)}`, user.since && [", since ", format.moment(user.since)]))))));
}

function users(item, license) {
  const all = license.users ?? [];
  if (all.length === 0) return null;
  const names = new Map(license.limitations.map((l) => [l.id, l.name]));
  return h("details", { class: "as-table", "data-key": `users:${item.name}` }, h("summary", {}, `${format.plural(all.length + (license.usersNotListed ?? 0), "named user")}`),
    license.usersNotListed > 0 && h("p", { class: "card-body small muted" }, `${format.count(license.usersNotListed)} more are not listed.`),
    table(`Users of ${item.displayName || item.activationId}`, [
      { title: "User", header: true, value: (user) => [user.name || user.id, user.name && h("span", { class: "sub" }, user.id)] },
      { title: "Place", value: (user) => (user.seated ? badge("good", "Active") : user.wanted ? badge("warn", "Waiting") : badge("", "Switched off")) },
      { title: "Holds", value: (user) => (user.holds.length === 0 ? h("span", { class: "muted" }, "Nothing") : h("div", { class: "item-list" }, user.holds.map((id) => h("span", { class: "chip" }, names.get(id) ?? id)))) },
    ], all, { key: (user) => user.object }));
}

function sources(item, license, instance, namespace) {
  const show = (path) => kubectl("lineitem", namespace, item.name, path);
  const api = { path: summaryPath, query: { instanceId: instance.id } };
  return [
    { figure: "Active users", command: show(".status.users"), api },
    ...license.limitations.map((l) => ({ figure: l.name, command: show(limitationPath(l.id)), api })),
    { figure: "Who holds and who waits", command: `kubectl get userprovisionings -n ${namespace} --field-selector spec.lineItemRef.name=${item.name} -o wide` },
  ];
}
