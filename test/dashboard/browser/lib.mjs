// What the tests have in common: a browser, a person who signs in, and the two others who know the figures.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const packages = createRequire(new URL("../../../hack/dashboard/package.json", import.meta.url));
const { chromium } = packages("playwright-core");
const axeSource = readFileSync(packages.resolve("axe-core/axe.min.js"), "utf8");

export const world = JSON.parse(process.env.DASHBOARD);

export const desktop = { width: 1360, height: 900 };
export const phone = { width: 390, height: 844 };

export async function openBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

// Person is somebody with a browser window of their own. What goes wrong in it is kept.
export class Person {
  problems = [];
  bodies = [];
  requests = [];

  static async arrive(browser, { token, address = world.page, viewport = desktop, colorScheme = "light", prepare, ...options } = {}) {
    const person = new Person();
    person.context = await browser.newContext({ viewport, colorScheme, reducedMotion: "reduce", ...options });
    const page = person.page = await person.context.newPage();
    page.setDefaultTimeout(45_000);
    page.on("pageerror", (error) => person.problems.push(String(error)));
    page.on("console", (message) => {
      // That a request was refused is on the console, too: tests that want it look at the answer.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) person.problems.push(message.text());
    });
    page.on("request", (request) => person.requests.push(request.url()));
    page.on("response", async (response) => {
      if (!response.url().includes("/dashboard/api/")) return;
      person.bodies.push(await response.text().catch(() => ""));
    });
    await prepare?.(page);
    await page.goto(address);
    if (token) await person.signIn(token);
    return person;
  }

  async signIn(token) {
    await this.page.getByLabel("Access token", { exact: true }).fill(token);
    await this.page.getByRole("button", { name: "Sign in", exact: true }).click();
    await this.page.getByRole("navigation", { name: "Views", exact: true }).waitFor();
  }

  async open(view) {
    await this.page.getByRole("navigation", { name: "Views", exact: true }).getByRole("link", { name: view }).click();
    await this.settled();
  }

  // settled is when nothing is being loaded any more.
  async settled() {
    await this.page.waitForFunction(() => !document.querySelector(".skeleton") && document.querySelector("#view-title, .message, .signin"));
    await this.page.waitForFunction(() => document.querySelector(".freshness")?.getAttribute("aria-busy") !== "true");
  }

  // figure is the text of one, as exact as others write it.
  async figure(name) {
    return plain(await this.page.locator(`[data-figure="${name}"]`).first().innerText());
  }

  async text() {
    return this.page.locator("body").innerText();
  }

  // ask calls the dashboard's API as the page does.
  ask(url, options = {}) {
    return this.page.evaluate(async ({ url, options }) => {
      const response = await fetch(new URL(`api/${url}`, document.baseURI), { headers: { Dashboard: "1" }, ...options });
      return { status: response.status, body: await response.text() };
    }, { url, options });
  }

  async shot(name) {
    await this.page.waitForTimeout(60); // fonts and the canvas
    await this.page.screenshot({ path: path.join(world.screenshots, `${name}.png`), fullPage: true });
  }

  // barriers are what keeps somebody from using the page, or only what colors do.
  async barriers({ colors = false } = {}) {
    await this.page.evaluate(axeSource);
    const rules = colors ? { type: "rule", values: ["color-contrast"] } : { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] };
    const found = await this.page.evaluate((rules) => globalThis.axe.run(document, { runOnly: rules, resultTypes: ["violations"] }), rules);
    return found.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => `${n.target} (${n.failureSummary})`).join("; ")}`);
  }

  leave() {
    return this.context.close();
  }
}

// plain is a figure without what makes it readable.
export const plain = (text) => text.trim().replaceAll(",", "").replaceAll("−", "-");

// api asks the REST API as any other client does. Numbers stay as they were written.
export async function api(url, token = world.producer, headers = {}, place = world) {
  const response = await fetch(place.api + url, { headers: { Authorization: `Bearer ${token}`, ...headers } });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`);
  return exactly(text);
}

// exactly reads JSON and leaves numbers as they were written.
export const exactly = (text) => JSON.parse(text.replace(/("(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g, (_, string, number) => string ?? `"${number}"`));

// kubectl asks the API server for objects of the producer.
export async function kubectl(kind, name = "", { namespace } = world) {
  const response = await fetch(`${world.kubernetes}/apis/licensing-operator.dev/v1alpha1/namespaces/${namespace}/${kind}/${name}`);
  if (!response.ok) throw new Error(`${kind}/${name}: ${response.status}`);
  return response.json();
}

// eventually asks again until the check passes: statuses are refreshed about once a second.
export async function eventually(check, patience = 30_000) {
  for (const end = Date.now() + patience; ;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}
