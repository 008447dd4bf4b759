// What the page says of figures that are missing, old, or not of all that is asked about. The answers are the test's.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually, openBrowser } from "./lib.mjs";
import { Refusal, arriver, at, bucket, ids, instance, lineItem, overview } from "./made-up.mjs";
import { day } from "./viewer.mjs";

let browser, arrive;
before(async () => {
  browser = await openBrowser();
  arrive = arriver(browser);
});
after(() => browser?.close());

const down = new Refusal(503, "Unavailable", "the usage store is not available, try again");
const tokens = { entitled: "100", used: "40", available: "60" };
const alpha = (more) => instance("alpha", { lineItems: [lineItem("studio")], tokens, ...more });

// paced is what the usage data API says of line items, by their names.
const paced = (name, lineItems, ledger) => ({
  instance: name, lineItems: Object.entries(lineItems).map(([activationId, pace]) => ({ activationId, lineItem: activationId, ...pace })), ledger: { open: 0, ...ledger },
});
const summary = (...instances) => ({ instances, next: 0 });
const pace = (value, time) => ({ burnRate: { value }, ...(time && { exhausted: { time } }) });

const note = ({ page }, name) => page.locator(`.tile:has([data-figure="${name}"]) .note`).innerText();
const refresh = ({ page }) => page.getByRole("button", { name: "Refresh now", exact: true }).click();

test("what runs out first is known only if the pace of everything is", async () => {
  const soon = at(-2);
  const two = [lineItem("studio"), lineItem("reserve")];
  for (const [name, lineItems, answer, value, why] of [
    ["the usage store is down", two, down, "—", "the pace is not known"],
    ["there is no usage store", two, summary(paced("alpha", { studio: {}, reserve: {} })), "—", "the pace is not known"],
    ["one pace is missing", two, summary(paced("alpha", { studio: pace(720, soon) })), "—", "the pace is not known"],
    ["all are known", two, summary(paced("alpha", { studio: pace(720, soon), reserve: pace(0) })), day(soon), "studio of alpha"],
    ["none runs out", two, summary(paced("alpha", { studio: pace(0), reserve: pace(0) })), "None soon", "at the pace of the last 7 days"],
    ["something is used up", [lineItem("studio", { available: "0" }), lineItem("reserve")], down, "Used up", "studio of alpha"],
    ["nothing can run out", [lineItem("studio", { available: undefined, unlimited: true })], down, "None soon", "at the pace of the last 7 days"],
  ]) {
    const { person } = await arrive("", { overview: overview([alpha({ lineItems })]), "usage/v1/summary": answer });
    assert.equal(await person.figure("first/runsOut"), value, name);
    assert.equal(await note(person, "first/runsOut"), why, name);
    await person.leave();
  }
});

test("while the pace is loading nothing is said to run out or not", async () => {
  let release;
  const held = new Promise((resolve) => { release = resolve; });
  const answer = summary(paced("alpha", { studio: pace(0) }));
  const { person } = await arrive("", {
    overview: overview([alpha(), instance("beta")]), "usage/v1/summary": async ({ instanceId }) => {
      if (instanceId === ids.alpha) await held;
      return answer;
    },
  });
  assert.equal(await person.figure("first/runsOut"), "None soon");
  await person.page.getByLabel("Instance", { exact: true }).selectOption(ids.alpha);
  assert.equal(await person.figure("first/runsOut"), "—");
  release();
  await eventually(async () => assert.equal(await person.figure("first/runsOut"), "None soon"));
  await person.leave();
});

const since = at(10);
const kept = { page: `Complete since ${day(since)}, 00:00 UTC`, empty: `Records from before ${day(since)}, 00:00 UTC were dropped.` };

test("sums that lack what was dropped say since when they are complete", async () => {
  const { person } = await arrive("", {
    "usage/v1/aggregates": ({ by, kind }) => ({
      buckets: kind === "Denial" ? [bucket(by === "reason" ? "NotEnoughTokens" : at(1), 0)]
        : by === "item" ? [bucket("Render", 7)] : by === "item,day" ? [bucket(["Render", at(1)], 7)] : [bucket(at(1), 7)],
      keptFrom: since,
    }),
  });
  for (const view of ["Overview", "Usage", "Denials"]) {
    await person.open(view);
    assert.equal(await person.page.getByRole("heading", { name: kept.page, exact: true }).count(), 1, view);
  }
  await person.leave();
});

test("sums that lack nothing do not", async () => {
  const { person } = await arrive("", { "usage/v1/aggregates": { buckets: [] } });
  for (const [view, text] of [["Overview", "Nothing was denied"], ["Usage", "Nothing was charged in this period"], ["Denials", "Nothing was denied in this period"]]) {
    await person.open(view);
    await person.page.getByText(text, { exact: true }).waitFor();
    assert.doesNotMatch(await person.text(), /Complete since|dropped/, view);
  }
  await person.leave();
});

test("of a period that was dropped it is not said that nothing happened", async () => {
  const { person } = await arrive("", { "usage/v1/aggregates": { buckets: [], keptFrom: since } });
  for (const view of ["Overview", "Usage", "Denials"]) {
    await person.open(view);
    await person.page.getByText(kept.empty, { exact: true }).first().waitFor();
    assert.doesNotMatch(await person.text(), /Nothing was (charged|denied)/, view);
  }
  await person.leave();
});
