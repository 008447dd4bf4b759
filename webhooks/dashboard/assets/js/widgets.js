// Parts that several views have.

import { csv } from "./csv.js";
import { h, icon } from "./dom.js";
import * as format from "./format.js";

export const badge = (tone, text) => h("span", { class: `badge ${tone}` }, text);

// meter is a bar. What it shows stands beside it as text, so that it is decoration.
export function meter(share, tone = "") {
  return h("div", { class: `meter ${tone}`, "aria-hidden": "true" }, h("span", { width: `${(share * 100).toFixed(2)}%` }));
}

export function card(title, { id, note, actions, flush } = {}, ...children) {
  return h("section", { class: "card", "aria-labelledby": id },
    h("div", { class: "card-head" }, h("h2", { id }, title), actions, note && h("p", {}, note)),
    h("div", { class: flush ? "card-body flush" : "card-body" }, children));
}

// table has columns of {title, value, right, header}. On a phone it becomes a list, in which each cell says what it is.
export function table(caption, columns, rows, { key } = {}) {
  return h("div", { class: "table-wrap cards", tabindex: "0", role: "region", "aria-label": `${caption}, table`, "data-key": `table:${caption}` },
    h("table", {},
      h("caption", { class: "visually-hidden" }, caption),
      h("thead", {}, h("tr", {}, columns.map((c) => h("th", { scope: "col", class: c.right && "right" }, c.title || h("span", { class: "visually-hidden" }, c.label))))),
      h("tbody", {}, rows.map((row) => h("tr", { "data-row": key?.(row) }, columns.map((c) => (c.header
        ? h("th", { scope: "row" }, c.value(row))
        : h("td", { class: c.right && "right", "data-label": c.title || null, "data-figure": c.figure?.(row) }, h("div", {}, c.value(row))))))))));
}

export function message(tone, title, text, action) {
  return h("div", { class: `message ${tone}`, role: tone === "bad" ? "alert" : null }, icon(tone ? "alert" : "info"),
    h("div", {}, h("h2", {}, title), h("p", {}, text)), action);
}

export function empty(name, title, text) {
  return h("div", { class: "empty" }, icon(name), h("strong", {}, title), text && h("p", {}, text));
}

export function skeleton(lines = 4) {
  return h("div", { class: "stack", role: "status" }, h("span", { class: "visually-hidden" }, "Loading"),
    Array.from({ length: lines }, (_, i) => h("div", { class: "skeleton", width: `${96 - i * 13}%` })));
}

// when gives what a query found, or says why there is nothing yet.
export function when(kept, draw, { lines, retry } = {}) {
  if (kept.value !== undefined) return [kept.error && old(kept), draw(kept.value)];
  if (kept.error) return problem(kept.error, retry);
  return skeleton(lines);
}

const old = (kept) => message("warn", "These figures may be old", kept.error.message);

export function problem(error, retry) {
  if (error.status === 501 || error.reason === "UsageNotRecorded") {
    return message("", "Usage is not recorded here", "The operator is set up without a store for usage data. Tokens are charged all the same, and what is left of them is shown.");
  }
  if (error.status === 403) return message("warn", "You may not see this", error.message);
  return message("bad", error.status === 503 ? "This cannot be shown right now" : "This could not be loaded", error.message,
    retry && h("button", { class: "button compact", type: "button", "data-key": "retry", onclick: retry }, "Try again"));
}

export const figure = (name, ...content) => h("span", { class: "figure", "data-figure": name }, content);

// tile is one figure of a list of definitions.
export function tile(title, value, { note, words, name, action } = {}) {
  return h("div", { class: "card tile" }, h("dt", {}, title, action),
    h("dd", { class: words ? "value words" : "value", "data-figure": name }, value), note && h("dd", { class: "note" }, note));
}

export const stateBadge = (state) => badge({ ACTIVE: "good", IDLE: "", DEPLOYED: "good", INACTIVE: "warn", OBSOLETE: "" }[state] ?? "", title(state));

export const title = (word) => word.charAt(0) + word.slice(1).toLowerCase();

// words makes a reason readable: NotEnoughTokens becomes Not enough tokens.
export function words(reason) {
  if (!reason) return format.dash;
  const split = reason.replace(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase();
  return split.charAt(0).toUpperCase() + split.slice(1);
}

export function download(name, header, rows) {
  const url = URL.createObjectURL(new Blob([csv([header, ...rows])], { type: "text/csv" }));
  const link = h("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
