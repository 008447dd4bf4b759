// Where a figure is from: what to type to see it with kubectl, and what to ask the API.

import { h, icon, toast } from "./dom.js";
import { open } from "./dialog.js";

const quoted = (text) => (/^[\w./:@=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

// kubectl is a command that shows a field of an object.
export function kubectl(kind, namespace, name, path) {
  const output = path ? ` -o jsonpath='{${path}}'` : " -o yaml";
  return `kubectl get ${kind} ${quoted(name)} -n ${quoted(namespace)}${output}`;
}

export const limitationPath = (id, field) => `.status.limitations[?(@.id=="${id}")].${field}`;

// sourceButton opens a list of {figure, command, api}.
export function sourceButton(key, what, sources) {
  return h("button", {
    class: "button quiet compact square", type: "button", title: "Where these figures are from", "data-key": `source:${key}`,
    "aria-label": `Where the figures of ${what} are from`, onclick: () => openSources(what, sources),
  }, icon("source", true));
}

function openSources(what, sources) {
  open({
    title: `Check ${what}`, wide: true,
    body: [
      h("p", { class: "muted" }, "Each figure stands in the cluster or in an answer of the API. Statuses of objects are refreshed about once a second."),
      h("ul", { class: "sources" }, sources.map(({ figure, command, api }) => h("li", {}, h("h3", {}, figure), [command, api].filter(Boolean).map(line)))),
    ],
  });
}

function line(text) {
  return h("div", { class: "command" }, h("code", {}, text), h("button", {
    class: "button quiet compact square", type: "button", "aria-label": `Copy ${text}`,
    onclick: async () => {
      await navigator.clipboard.writeText(text);
      toast("Copied");
    },
  }, icon("copy", true)));
}
