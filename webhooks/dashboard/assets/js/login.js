// Signing in: with the token that the API takes. The server puts it in a cookie that no script can read.

import * as api from "./api.js";
import { h, place } from "./dom.js";

export const brand = (tenant) => h("div", { class: "brand" }, h("img", { src: "favicon.svg", alt: "" }),
  h("div", { class: "brand-name" }, "Licensing", tenant && h("span", { class: "brand-tenant", title: "The namespace of the producer" }, tenant)));

export function signIn(root, { notice, entered }) {
  const problem = h("p", { class: "field-error", id: "token-error", role: "alert" });
  const input = h("input", {
    id: "token", name: "token", type: "password", required: true, autocomplete: "off", autocapitalize: "none", spellcheck: "false",
    "aria-describedby": "token-error", placeholder: "eyJhbGciOi…",
  });
  const button = h("button", { class: "button primary", type: "submit" }, "Sign in");
  const submit = async (event) => {
    event.preventDefault();
    problem.textContent = "";
    button.disabled = true;
    try {
      const me = await api.session.begin(input.value.trim().replace(/^Bearer\s+/i, ""));
      input.value = "";
      entered(me);
    } catch (error) {
      problem.textContent = error.message;
      input.setAttribute("aria-invalid", "true");
      input.focus();
    } finally {
      button.disabled = false;
    }
  };
  place(root, h("main", { class: "signin" }, h("div", { class: "card signin-card" },
    brand(),
    h("div", {}, h("h1", {}, "Sign in"), h("p", { class: "muted" }, notice ?? "See what is used, what is left, and who holds it.")),
    h("form", { onsubmit: submit, autocomplete: "off" },
      h("div", { class: "field" }, h("label", { for: "token" }, "Access token"), input, problem), button),
    h("details", {}, h("summary", {}, "Which token?"), h("div", {},
      h("p", {}, "The one that the REST API takes. A token of an administration key shows all instances of the producer; a token of a client key shows the instances that it names."),
      h("p", {}, "With a role that may get usagerecords, the token of a ServiceAccount will do: ", h("code", {}, "kubectl create token NAME")),
      h("p", {}, "It is kept until it expires, for 12 hours at most, in a cookie that scripts cannot read."))))));
  input.focus();
}
