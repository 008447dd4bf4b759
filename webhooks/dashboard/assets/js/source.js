// Where a figure is from: what to type to see it with kubectl, and what to ask the API.

import { address } from "./api.js";
import { open } from "./dialog.js";
import { h, icon, toast } from "./dom.js";

// quoted is one word of a shell, whatever is in it.
const quoted = (text) => (/^[\w./:@=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

// kubectl is a command that shows a field of an object.
export function kubectl(kind, namespace, name, path) {
  const output = path ? `-o jsonpath=${quoted(`{${path}}`)}` : "-o yaml";
  return `kubectl get ${kind} ${quoted(name)} -n ${quoted(namespace)} ${output}`;
}

export const limitationPath = (id) => `.status.limitations[?(@.id==${JSON.stringify(id)})]`;

// verify is a command of the plugin, which names the tenant in the path by itself. It looks for the account where the operator is.
export function verify(namespace, instance, operator) {
  const server = new URL(location.pathname.replace(/(\/namespaces\/[^/]+)?(\/dynamicmonetization)?\/dashboard\/[^/]*$/, ""), location.origin).href.replace(/\/$/, "");
  return `LICENSING_TOKEN="$TOKEN" kubectl licensing ledger verify ${quoted(instance)} -n ${quoted(namespace)} --operator-namespace ${quoted(operator)} --server-url ${quoted(server)}`;
}

// curl is a command that asks the API. With a client token it takes a header that names the instance of a session.
function curl({ path, query, instance }) {
  const url = address(path, query, new URL("..", document.baseURI)).href.replaceAll("%3A", ":").replaceAll("%2C", ",");
  return `curl -s -H "Authorization: Bearer $TOKEN"${instance ? ` -H ${quoted(`x-instance-id: ${instance}`)}` : ""} ${quoted(url)}`;
}

// usable is what the person can do with the token. That of a customer is for the API alone; of an account of the cluster it is
// known that it may read usage data, and not what else of the API.
function usable({ role }, { command, api }) {
  return [
    role !== "customer" && command,
    api && (role !== "cluster" || api.path.startsWith("usage/")) && curl(api),
  ].filter(Boolean);
}

// sourceButton opens a list of {figure, command, api}, where api is {path, query, instance}. The list is made when it is wanted.
export function sourceButton({ me }, key, what, sources) {
  return h("button", {
    class: "button quiet compact square", type: "button", title: "Where these figures are from", "data-key": `source:${key}`,
    "aria-label": `Where the figures of ${what} are from`, onclick: () => openSources(me, what, sources()),
  }, icon("source", true));
}

function openSources(me, what, sources) {
  const where = me.role === "customer" ? "Each figure stands in an answer of the API." : "Each figure stands in the cluster or in an answer of the API. Statuses of objects are refreshed about once a second.";
  const shown = sources.map((source) => ({ figure: source.figure, lines: usable(me, source) })).filter(({ lines }) => lines.length > 0);
  open({
    title: `Check ${what}`, wide: true,
    body: [
      h("p", { class: "muted" }, where, " TOKEN stands for the token that you have signed in with: ", h("code", {}, "read -rs TOKEN")),
      h("ul", { class: "sources" }, shown.map(({ figure, lines }) => h("li", {}, h("h3", {}, figure), lines.map(line)))),
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
