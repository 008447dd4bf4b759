// How things stand where they seldom do: overdrawn, without prices, not looked at yet, and ending. The answers are the test's.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser } from "./lib.mjs";
import { arriver, at, instance, lineItem, overview, session } from "./made-up.mjs";

let browser, arrive;
before(async () => {
  browser = await openBrowser();
  arrive = arriver(browser);
});
after(() => browser?.close());

const note = ({ page }, name) => page.locator(`.tile:has([data-figure="${name}"]) .note`).innerText();

test("left to charge is what the instances say, which is behind its sign", async () => {
  const unpriced = lineItem("plugins", { conditions: [{ type: "Active", status: "False", reason: "NoEffectiveRateTable", message: "nothing has a price", since: at(1) }] });
  const { person } = await arrive("", {
    overview: overview([
      instance("alpha", { lineItems: [lineItem("studio"), unpriced], tokens: { entitled: "200", used: "80", available: "120.000001" } }),
      instance("beta", { lineItems: [lineItem("new", { used: undefined, available: undefined, conditions: [] })] }),
    ]),
  });
  assert.equal(await person.figure("total/available"), "120.000001");
  assert.equal(await note(person, "total/available"), "200 bought, 80 used · 1 instance not known yet");
  await person.leave();
});

test("what is left is unlimited where an instance has no limit, and unknown where nobody has looked", async () => {
  for (const [tokens, want] of [[{ entitled: "200", used: "80", unlimited: true }, "Unlimited"], [{}, "—"]]) {
    const { person } = await arrive("", { overview: overview([instance("alpha", { tokens })]) });
    assert.equal(await person.figure("total/available"), want);
    await person.leave();
  }
});

test("a license that has only an overdraft is charged, and so shown", async () => {
  const licenses = [
    lineItem("lends", { quantity: 0, overdraft: "Number", overdraftLimit: 50, used: "0", available: "50" }),
    lineItem("lends-all", { quantity: 0, overdraft: "Unlimited", unlimited: true, available: undefined, used: "7", overdraftUsed: "7" }),
    lineItem("lends-none", { quantity: 0, overdraft: "Number", overdraftLimit: 0, used: "0", available: "0" }),
    lineItem("seats", { quantity: 0, elastic: false, used: "0", available: "0", conditions: [{ type: "Active", status: "False", reason: "NotElastic", since: at(1) }] }),
  ];
  const { person } = await arrive("", { overview: overview([instance("alpha", { lineItems: licenses, tokens: { entitled: "0", used: "7", unlimited: true } })]) });
  assert.equal(await person.figure("left/alpha/lends"), "50");
  await person.open("Line items");
  assert.deepEqual(await person.page.locator("tr[data-row]").evaluateAll((rows) => rows.map((row) => row.dataset.row)), ["alpha/lends", "alpha/lends-all"]);
  assert.equal(await person.figure("lineitem/alpha/lends/entitled"), "0");
  assert.equal(await person.figure("lineitem/alpha/lends-all/available"), "Unlimited");
  await person.page.getByText("2 licenses without tokens stand under Named users.", { exact: true }).waitFor();
  assert.deepEqual(person.problems, []);
  await person.leave();
});

test("a ledger that nobody could look at is not one that is not in order", async () => {
  const named = (name, healthy) => instance(name, { ledger: { healthy } });
  for (const [instances, value, why] of [
    [[named("alpha", "True"), named("beta", "Unknown")], "1 not known", "beta"],
    [[named("alpha", undefined), named("beta", "Unknown")], "2 not known", "alpha, beta"],
    [[named("alpha", "False"), named("beta", "Unknown")], "1 not in order", "alpha · 1 not known"],
    [[named("alpha", "False"), named("beta", "True")], "1 not in order", "alpha"],
    [[named("alpha", "True"), named("beta", "True")], "In order", "2 accounts, in sequence and unaltered"],
  ]) {
    const { person } = await arrive("", { overview: overview(instances) });
    assert.equal(await person.figure("total/ledgers"), value);
    assert.equal(await note(person, "total/ledgers"), why);
    assert.deepEqual(await person.barriers(), [], value);
    await person.leave();
  }
});

test("an idle session says when it ends", async () => {
  const idle = (n, more) => session(n, { state: "IDLE", ...more });
  const sessions = [idle(0, { idleSince: at(1), idleUntil: at(-29) }), idle(1, { idleUntil: at(-30) }), session(2, { nextCharge: at(-1) })];
  const { person } = await arrive("?view=sessions", { overview: overview([instance("alpha", { sessions, counts: { active: 1, idle: 2 } })]) });
  const times = (n) => person.page.locator(`[data-figure="session/${n}-session/nextCharge"] time`).evaluateAll((all) => all.map((time) => time.getAttribute("datetime")));
  assert.deepEqual(await times(0), [at(1), at(-29)]);
  assert.deepEqual(await times(1), [at(-30)]);
  assert.deepEqual(await times(2), [at(-1)]);
  for (const [n, want] of [[0, /^Idle .* ago\s+ends /], [1, /^Idle\s+ends /]]) assert.match(await person.figure(`session/${n}-session/nextCharge`), want);
  await person.leave();
});

test("of seats that were taken back none are free", async () => {
  const license = (id, userLimit, active) => lineItem(id, { quantity: 0, license: { id, userLimit, active, inactive: 0, waitingForSeat: [], limitations: [] } });
  const { person } = await arrive("?view=users", { overview: overview([instance("alpha", { lineItems: [license("lowered", 2, 3), license("full", 2, 2), license("free", 3, 2)] })]) });
  const seats = async (id) => (await person.figure(`license/alpha/${id}/seats`)).replace(/\s+/g, " ");
  for (const [id, want, full] of [["lowered", "Active users 3 of 2 · 0 free", 1], ["full", "Active users 2 of 2 · 0 free", 1], ["free", "Active users 2 of 3 · 1 free", 0]]) {
    assert.equal(await seats(id), want);
    assert.equal(await person.page.locator(`[data-figure="license/alpha/${id}/seats"] .meter.warn`).count(), full, `${id} is full`);
  }
  await person.leave();
});
