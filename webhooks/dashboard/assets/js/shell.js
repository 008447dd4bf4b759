// The frame of the page: navigation, filters that hold for all views, and who is signed in.

import { dateField } from "./dates.js";
import { h, icon, place, show } from "./dom.js";
import * as format from "./format.js";
import { brand } from "./login.js";
import { periods, views } from "./state.js";
import * as usage from "./usage.js";
import denials from "./views/denials.js";
import ledger from "./views/ledger.js";
import lineitems from "./views/lineitems.js";
import overview from "./views/overview.js";
import sessions from "./views/sessions.js";
import usageView from "./views/usage.js";
import users from "./views/users.js";
import { message, problem, skeleton } from "./widgets.js";

const drawn = { overview, usage: usageView, lineitems, sessions, users, denials, ledger };
const names = { overview: "Overview", usage: "Usage", lineitems: "Line items", sessions: "Sessions", users: "Named users", denials: "Denials", ledger: "Ledger" };
const roles = { producer: "Producer", customer: "Customer administrator", cluster: "Cluster account" };
const timed = new Set(["overview", "usage", "denials"]);

export class Shell {
  #app;
  #nav = h("nav", { class: "nav", "aria-label": "Views" });
  #filters = h("div", { class: "bar-top", role: "search", "aria-label": "Filters" });
  #freshness;
  #main = h("main", { id: "content", tabindex: "-1" });
  #views = {};
  #drawnBar;
  #shown;
  #begins = false;

  constructor(app, root) {
    this.#app = app;
    const { me } = app;
    place(root,
      h("a", { class: "skip", href: "#content", onclick: (event) => { event.preventDefault(); this.#main.focus(); } }, "Skip to the figures"),
      h("div", { class: "frame" },
        h("header", { class: "side" }, brand(me.namespace), this.#nav, h("div", { class: "side-foot" },
          h("div", { class: "who" }, h("span", { class: "who-role", "data-figure": "role" }, roles[me.role] ?? me.role), h("span", { class: "who-name" }, me.name),
            me.expires && h("span", { class: "who-name" }, "until ", format.moment(me.expires))),
          h("div", { class: "side-actions" },
            h("button", { class: "button compact", type: "button", onclick: () => app.theme(), title: "Light or dark" }, icon("theme", true), h("span", { class: "label" }, "Theme")),
            h("button", { class: "button compact", type: "button", onclick: () => app.leave() }, icon("signout", true), h("span", { class: "label" }, "Sign out"))))),
        h("div", { class: "content" }, this.#filters, this.#main)));
  }

  // begin puts the focus on the heading of a view that was just chosen, as soon as it is there.
  begin() {
    const heading = this.#main.querySelector("#view-title");
    this.#begins = !heading;
    heading?.focus();
  }

  recolor() {
    for (const view of Object.values(this.#views)) view.recolor?.();
  }

  draw() {
    const { state } = this.#app;
    const include = { sessions: ["sessions"], users: ["users"] }[state.view];
    const kept = usage.overview(this.#app);
    document.title = `${names[state.view]} · Licensing`;
    this.#drawNavigation(kept.value);
    this.#drawFilters(kept.value);
    const view = this.#view(state.view);
    const content = this.#content(kept, view, include);
    if (content !== this.#shown) show(this.#main, this.#shown = content);
    if (this.#begins) this.begin();
    this.#drawFreshness();
  }

  // fail says what kept the page from being drawn.
  fail(error) {
    show(this.#main, this.#shown = this.#waiting({ error }));
  }

  #view(name) {
    if (!this.#views[name]) {
      this.#views[name] = drawn[name](this.#app);
      this.#views[name].element.dataset.own = name;
    }
    return this.#views[name];
  }

  #content(kept, view, include) {
    if (kept.value === undefined) return this.#waiting(kept);
    const all = kept.value.instances;
    if (all.length === 0) {
      return h("div", {}, message("", "There is no instance to be seen", this.#app.me.role === "customer"
        ? "None of the instances that your token names is there. The producer can tell you why."
        : "Nothing was sold in this namespace yet: declare an Instance, or create one through the API."));
    }
    const { state } = this.#app;
    let instances = state.instance ? all.filter((i) => i.id === state.instance) : all;
    if (instances.length === 0) {
      return h("div", {}, message("warn", "There is no such instance to be seen", "The address names an instance that does not exist, or that you may not see.",
        h("button", { class: "button compact", type: "button", "data-key": "show-all", onclick: () => this.#app.go({ instance: "" }) }, "Show all")));
    }
    if (include) {
      kept = usage.detailed(this.#app, include);
      if (kept.value === undefined) return this.#waiting(kept);
      instances = kept.value.instances;
    }
    view.draw({ overview: kept.value, instances, stale: kept.error, namespace: kept.value.namespace, operator: kept.value.operatorNamespace });
    return view.element;
  }

  #waiting({ error }) {
    return error ? h("div", { class: "stack" }, problem(error, () => this.#app.refresh())) : h("div", {}, skeleton(5));
  }

  #drawNavigation(overview) {
    const { state } = this.#app;
    const shown = overview?.instances.filter((i) => !state.instance || i.id === state.instance) ?? [];
    const live = shown.reduce((n, i) => n + i.counts.active + i.counts.idle, 0);
    const signature = JSON.stringify([state, live, overview === undefined]);
    if (this.#nav.dataset.drawn === signature) return;
    this.#nav.dataset.drawn = signature;
    show(this.#nav, h("ul", {}, views.map((view) => h("li", {}, h("a", {
      href: this.#app.href({ view }), "data-key": `nav:${view}`, "aria-current": view === state.view ? "page" : null,
      onclick: (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        this.#app.go({ view });
      },
    }, icon(view), names[view], view === "sessions" && overview && h("span", { class: "count" }, format.count(live), h("span", { class: "visually-hidden" }, " live")))))));
  }

  #drawFilters(overview) {
    const { state, me } = this.#app;
    const offered = overview?.instances.map((i) => [i.id, i.shortName]) ?? [];
    const signature = JSON.stringify([state.view, state.instance, state.period, state.from, state.to, offered]);
    if (this.#drawnBar === signature) return;
    this.#drawnBar = signature;
    show(this.#filters,
      h("div", { class: "field wide" }, h("label", { for: "instance" }, "Instance"), h("select", {
        id: "instance", "data-key": "filter:instance", onchange: (event) => this.#app.go({ instance: event.target.value }),
      }, h("option", { value: "" }, me.role === "customer" ? "All of yours" : "All instances"),
      offered.map(([id, name]) => h("option", { value: id, selected: id === state.instance }, name)))),
      timed.has(state.view) && this.#period(),
      h("span", { class: "spacer" }), h("div", { class: "freshness", "data-own": "freshness" }));
    this.#freshness = this.#filters.querySelector(".freshness");
  }

  #period() {
    const { state } = this.#app;
    const date = (name, label) => dateField(name, label, state[name], (value) => this.#app.go({ [name]: value, ...this.#ordered(name, value) }));
    const choose = (event) => {
      const period = event.target.value;
      const today = new Date().toISOString().slice(0, 10);
      this.#app.go(period === "custom" ? { period, from: state.from || today, to: state.to || today } : { period, from: "", to: "" });
    };
    return [
      h("div", { class: "field" }, h("label", { for: "period" }, "Period (UTC)"), h("select", { id: "period", "data-key": "filter:period", onchange: choose },
        Object.entries(periods).map(([value, text]) => h("option", { value, selected: value === state.period }, value === "custom" ? text : `Last ${text}`)))),
      state.period === "custom" && [date("from", "From"), date("to", "To")],
    ];
  }

  // A period begins before it ends: the other end moves along.
  #ordered(name, value) {
    const { from, to } = this.#app.state;
    if (name === "from") return to < value ? { to: value } : {};
    return from > value ? { from: value } : {};
  }

  #drawFreshness() {
    const { loading, failing, at } = this.#app.store.state();
    const said = failing && failing.status === 0 ? (failing.reason === "TooSlow" ? "Too slow" : "Offline") : !at ? "Loading" : `As of ${new Date(at).toISOString().slice(11, 19)} UTC`;
    const { paused } = this.#app;
    const signature = JSON.stringify([said, paused]);
    this.#freshness.setAttribute("aria-busy", String(loading));
    if (this.#freshness.dataset.drawn === signature) return;
    this.#freshness.dataset.drawn = signature;
    show(this.#freshness, h("span", { class: "number" }, paused ? "Updates are paused" : said),
      h("span", { class: "cell-actions" },
        h("button", { class: "button compact square", type: "button", "data-key": "pause", "aria-pressed": String(paused), "aria-label": "Pause updates",
          title: paused ? "Go on" : "Pause updates", onclick: () => { this.#app.paused = !paused; this.#app.draw(); } }, icon(paused ? "play" : "pause", true)),
        h("button", { class: "button compact square", type: "button", "data-key": "refresh", "aria-label": "Refresh now", title: "Refresh now", onclick: () => this.#app.refresh() }, icon("refresh", true))));
  }
}
