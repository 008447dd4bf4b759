// The page: who is signed in, what is looked at, and when it is drawn again.

import * as api from "./api.js";
import { announce, h, show } from "./dom.js";
import { signIn } from "./login.js";
import { Shell } from "./shell.js";
import { address, read } from "./state.js";
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
      this.state = read();
      this.draw();
    });
    document.addEventListener("visibilitychange", () => this.draw());
    setInterval(() => this.draw(), tick);
    try {
      this.enter(await api.session.show());
    } catch (error) {
      if (error.status === 401) return this.signIn();
      show(root, h("main", { class: "signin" }, message("bad", "The dashboard cannot be opened", error.message,
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
    this.state = { ...this.state, ...changes };
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

  draw() {
    if (!this.#shell || document.hidden) return;
    if (this.me.expires && this.now >= new Date(this.me.expires)) return this.#expired();
    this.store.begin();
    this.#shell.draw();
    this.store.end();
  }

  refresh() {
    this.store.stale();
    this.draw();
  }

  #expired() {
    if (!this.#shell) return;
    document.querySelectorAll("dialog").forEach((dialog) => dialog.close());
    announce("You have been signed out");
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
