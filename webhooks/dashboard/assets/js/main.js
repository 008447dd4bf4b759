// The page: who is signed in, what is looked at, and when it is drawn again.

import * as api from "./api.js";
import { announce, h, place } from "./dom.js";
import { signIn } from "./login.js";
import { Shell } from "./shell.js";
import { address, read, sound } from "./state.js";
import { Store } from "./store.js";
import { message } from "./widgets.js";

const root = document.getElementById("app");
const tick = 5000;

class App {
  me;
  state = read();
  store;
  #shell;
  #scheduled = false;

  get paused() {
    return this.store.paused;
  }
  set paused(value) {
    this.store.paused = value;
  }

  get now() {
    return new Date();
  }

  async start() {
    this.#theme(localStorage.getItem("theme"));
    addEventListener("popstate", () => {
      // Whoever goes back gives up a date that is half typed.
      if (document.activeElement) document.activeElement.typing = false;
      this.state = read();
      this.draw();
    });
    document.addEventListener("visibilitychange", () => this.draw());
    setInterval(() => this.#tick(), tick);
    try {
      this.enter(await api.session.show());
    } catch (error) {
      if (error.status === 401) return this.signIn();
      place(root, h("main", { class: "signin" }, message("bad", "The dashboard cannot be opened", error.message,
        h("button", { class: "button", type: "button", onclick: () => location.reload() }, "Try again"))));
    }
  }

  signIn(notice) {
    this.me = this.#shell = undefined;
    document.title = "Sign in · Licensing";
    signIn(root, { notice, entered: (me) => this.enter(me) });
  }

  enter(me) {
    this.me = me;
    this.store = new Store({ changed: () => this.schedule(), expired: () => this.#expired() });
    this.#shell = new Shell(this, root);
    this.draw();
  }

  // go changes what is looked at. A change of a filter is a step back in the history, too.
  go(changes) {
    const before = this.state.view;
    this.state = sound({ ...this.state, ...changes });
    history.pushState(null, "", address(this.state));
    this.draw();
    if (this.state.view !== before) {
      scrollTo(0, 0);
      this.#shell?.begin();
    }
  }

  href(changes) {
    return address({ ...this.state, ...changes });
  }

  schedule() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      this.draw();
    });
  }

  get #ended() {
    return this.me?.expires && this.now >= new Date(this.me.expires);
  }

  // Time passes, but not on a page that is paused.
  #tick() {
    if (!this.store?.paused || this.#ended) this.draw();
  }

  draw() {
    if (!this.#shell || document.hidden) return;
    if (this.#ended) return this.#expired();
    this.store.begin();
    try {
      this.#shell.draw();
      this.store.end();
    } catch (error) {
      console.error(error);
      this.#shell.fail(error);
    }
  }

  refresh() {
    this.store.stale();
    this.draw();
  }

  #expired() {
    if (!this.#shell) return;
    document.querySelectorAll("dialog").forEach((dialog) => dialog.close());
    announce("You have been signed out");
    // Wherever a proxy shows the page, this answer comes from where the cookie was set: one that nobody knows is forgotten there.
    api.session.show().catch(() => {});
    this.signIn("Your sign-in has ended. Sign in again to go on where you were.");
  }

  async leave() {
    try {
      await api.session.end();
    } catch (error) {
      if (error.status !== 401) return announce(error.message);
    }
    this.signIn("You are signed out.");
  }

  theme() {
    const dark = getComputedStyle(document.documentElement).colorScheme === "dark"
      || (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
    const chosen = dark ? "light" : "dark";
    localStorage.setItem("theme", chosen);
    this.#theme(chosen);
    announce(`The page is ${chosen} now`);
    this.#shell?.recolor();
  }

  #theme(chosen) {
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  }
}

new App().start();
