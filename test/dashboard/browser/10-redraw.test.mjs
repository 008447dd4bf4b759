// The page draws itself again every few seconds. Whoever reads it, or uses a control, is not to notice.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually, openBrowser } from "./lib.mjs";
import { Refusal, arriver, at, bucket, instance, lineItem, nothing, overview, session } from "./made-up.mjs";

const views = ["Overview", "Usage", "Line items", "Sessions", "Named users", "Denials", "Ledger"];

let browser, arrive;
before(async () => {
  browser = await openBrowser();
  arrive = arriver(browser);
});
after(() => browser?.close());

const redraw = (page) => page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
// refresh leaves the focus where it is.
const refresh = (page) => page.evaluate(() => document.querySelector('[aria-label="Refresh now"]').click());
const sums = (charged) => ({ by }) => ({ buckets: by === "item" ? [bucket("Render", charged())] : by === "item,day" ? [bucket(["Render", at(1)], charged())] : [bucket(at(1), charged())] });

test("what is as it was is left alone", async () => {
  const license = { id: "l", active: "1", limitations: [], waitingForSeat: [], users: [{ id: "lisa", object: "lisa", seated: true, holds: [] }] };
  const sick = instance("alpha", {
    lineItems: [lineItem("tokens"), lineItem("team", { quantity: 0, license })], ledger: { healthy: "False", message: "a commit is missing" }, sessions: [session(1)], counts: { active: 1, idle: 0 },
  });
  const { person } = await arrive("", { overview: overview([sick, instance("beta")]), "usage/v1/aggregates": sums(() => 7) });
  for (const view of views) {
    await person.open(view);
    await redraw(person.page);
    const changes = await person.page.evaluate(() => {
      const watched = new MutationObserver(() => {});
      watched.observe(document.getElementById("app"), { subtree: true, childList: true, attributes: true, characterData: true });
      document.dispatchEvent(new Event("visibilitychange"));
      return watched.takeRecords().map(({ type, target, attributeName }) => `${type} ${attributeName ?? ""} of ${target.nodeName} ${target.className ?? ""}`);
    });
    assert.deepEqual(changes.filter((change) => !change.startsWith("attributes aria-busy ")), [], view);
  }
  assert.deepEqual(person.problems, []);
  await person.leave();
});

test("an alert, a focus and a selection stay while figures change around them", async () => {
  let used = "40";
  const { person } = await arrive("?view=lineitems", {
    overview: () => overview([instance("alpha", { lineItems: [lineItem("tokens", { used })] })]), "usage/v1/summary": new Refusal(503, "Unavailable", "the usage store is not available, try again"),
  });
  const { page } = person;
  const again = page.getByRole("button", { name: "Try again", exact: true });
  await again.focus();
  await page.evaluate(() => {
    document.querySelector('[role="alert"]').first = true;
    getSelection().selectAllChildren(document.querySelector('[role="alert"] p'));
  });
  used = "41";
  await refresh(page);
  await eventually(async () => assert.equal(await person.figure("lineitem/alpha/tokens/used"), "41"));
  await redraw(page);
  assert.deepEqual(await page.evaluate(() => [document.querySelector('[role="alert"]').first, String(getSelection()), document.activeElement.textContent]),
    [true, "the usage store is not available, try again", "Try again"]);
  await person.leave();
});

test("what is opened has the focus still when it is drawn again", async () => {
  let charged = 3;
  const { person } = await arrive("?view=usage", { "usage/v1/aggregates": sums(() => charged) });
  const { page } = person;
  const summary = page.getByText("Show as a table", { exact: true });
  await summary.focus();
  await page.keyboard.press("Enter");
  const figure = page.locator(`[data-figure="series/${new Date(at(1)).toISOString()}/charged"]`);
  await eventually(async () => assert.equal(await figure.innerText(), "3"));
  charged = 4;
  await refresh(page);
  await eventually(async () => assert.equal(await figure.innerText(), "4"));
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Show as a table");
  assert.ok(await figure.isVisible(), "it is open still");
  await person.leave();
});

test("time passes in words, and not on a page that is paused", async () => {
  const idleSince = new Date(Date.now() - 3000).toISOString();
  const { person } = await arrive("?view=sessions", {
    overview: overview([instance("alpha", { sessions: [session(1, { state: "IDLE", idleSince })], counts: { active: 0, idle: 1 } })]),
  }, {
    init: () => {
      const { setInterval } = globalThis;
      globalThis.setInterval = (tick) => setInterval(tick, 50);
    },
  });
  const { page } = person;
  const said = page.locator('[data-figure="session/1-session/nextCharge"] time');
  await page.evaluate(() => {
    globalThis.changes = [];
    new MutationObserver((records) => globalThis.changes.push(...records.map(({ type }) => type))).observe(document.getElementById("content"), { subtree: true, childList: true, attributes: true, characterData: true });
  });
  const first = await said.innerText();
  await eventually(async () => assert.notEqual(await said.innerText(), first));
  assert.deepEqual(await page.evaluate(() => [...new Set(globalThis.changes)]), ["characterData"]);
  await page.getByRole("button", { name: "Pause updates", exact: true }).click();
  await person.settled();
  const paused = await said.innerText();
  await page.waitForTimeout(2200);
  assert.equal(await said.innerText(), paused);
  await person.leave();
});

test("what keeps the page from being drawn is said", async () => {
  let broken = false;
  const { person } = await arrive("?view=lineitems", { overview: () => (broken ? { namespace: "shop" } : nothing.overview) });
  const { page } = person;
  broken = true;
  await page.getByRole("button", { name: "Refresh now", exact: true }).click();
  await page.getByRole("heading", { name: "This could not be loaded", exact: true }).waitFor();
  broken = false;
  await page.getByRole("button", { name: "Try again", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "Line items", exact: true }).waitFor();
  await person.leave();
});

test("the overview's chart says where the same figures stand as a table", async () => {
  const { person } = await arrive("?item=Render", { "usage/v1/aggregates": sums(() => 7) });
  const { page } = person;
  await page.getByRole("img", { name: "Bar chart of 7 tokens charged and 0 refunded by item over time. Usage has the same figures as a table.", exact: true }).waitFor();
  await page.getByRole("link", { name: "The same figures as a table", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "Usage", exact: true }).waitFor();
  assert.equal(new URL(page.url()).search, "?view=usage");
  await page.getByRole("img", { name: "Bar chart of 7 tokens charged and 0 refunded by item over time. The table below has the same figures.", exact: true }).waitFor();
  await page.getByText("Show as a table", { exact: true }).waitFor();
  await person.leave();
});

test("the page is as old as the oldest of its figures, also of one that cannot be had anew", async () => {
  let failing = false;
  const { person, queries } = await arrive("?view=lineitems", {
    "usage/v1/summary": () => (failing ? new Refusal(503, "Unavailable", "try again") : nothing["usage/v1/summary"]),
  });
  const { page } = person;
  // since is how many seconds there are between what is said and a time; the day may have begun in between.
  const since = async (time) => {
    const [, said] = /^As of (\d\d:\d\d:\d\d) UTC$/.exec(await page.locator(".freshness .number").innerText());
    return (Math.floor(time / 1000) - new Date(`1970-01-01T${said}Z`) / 1000) % 86_400;
  };
  failing = true;
  const failed = await page.evaluate(() => Date.now());
  await page.waitForTimeout(1100);
  const asked = () => ["overview", "usage/v1/summary"].map((name) => queries(name).length);
  const before = asked();
  await page.getByRole("button", { name: "Refresh now", exact: true }).click();
  await eventually(() => assert.ok(asked().every((n, i) => n > before[i])));
  await person.settled();
  assert.ok(await since(failed) < 43_200, "it is not newer than the figures that cannot be had");
  await person.leave();
});
