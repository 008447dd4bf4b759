// What the page says of figures that are missing, old, or not of all that is asked about. The answers are the test's.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually, openBrowser } from "./lib.mjs";
import { Refusal, arriver, at, bucket, ids, instance, lineItem, overview } from "./made-up.mjs";
import { open } from "./sources.mjs";
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
    assert.deepEqual(await person.barriers(), [], view);
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

test("the summary of many instances is asked for page by page", async () => {
  const soon = at(-2);
  const { person, queries } = await arrive("", {
    overview: overview([alpha(), instance("beta", { lineItems: [lineItem("reserve")] })]),
    "usage/v1/summary": ({ next }) => (next === "500" ? summary(paced("beta", { reserve: pace(720, soon) })) : { instances: [paced("alpha", { studio: pace(1) })], next: 500 }),
  });
  assert.equal(await person.figure("first/runsOut"), day(soon));
  assert.equal(await note(person, "first/runsOut"), "reserve of beta");
  assert.deepEqual(queries("usage/v1/summary"), [{ size: "500" }, { size: "500", next: "500" }]);
  const { lists } = (await open(person)).find(({ key }) => key === "first");
  assert.deepEqual(lists.map(({ commands }) => commands[0].replace(/^.*(?=usage)/, "")), ["usage/v1/summary?size=500'", "usage/v1/summary?size=500&next=500'"]);
  await person.leave();
});

test("of more instances than it asks about the page says so, and not what runs out first", async () => {
  const { person, queries } = await arrive("", {
    overview: overview([alpha(), instance("beta", { lineItems: [lineItem("reserve")] })]),
    "usage/v1/summary": ({ next = 0 }) => ({ instances: next === 0 ? [paced("alpha", { studio: pace(720, at(-2)) })] : [], next: Number(next) + 500 }),
  });
  assert.equal(queries("usage/v1/summary").length, 10);
  assert.equal(await person.figure("first/runsOut"), "—");
  for (const view of ["Overview", "Line items", "Ledger"]) {
    await person.open(view);
    await person.page.getByRole("heading", { name: "The pace of 1 instance is shown", exact: true }).waitFor();
  }
  await person.leave();
});

const old = ({ page }) => page.getByRole("heading", { name: "These figures may be old", exact: true });

test("a pace that can no longer be asked for is said to be old", async () => {
  let failing = false;
  const { person } = await arrive("", {
    overview: overview([alpha()]), "usage/v1/summary": () => (failing ? down : summary(paced("alpha", { studio: pace(720) }, { open: 3 }))),
  });
  assert.equal(await old(person).count(), 0);
  assert.equal(await note(person, "first/runsOut"), "at the pace of the last 7 days");
  failing = true;
  await refresh(person);
  await eventually(async () => assert.equal(await note(person, "first/runsOut"), "at the pace of the last 7 days · may be old"));
  for (const [view, figure, value] of [["Overview", "left/alpha/studio", "60"], ["Line items", "lineitem/alpha/studio/perDay", "720"], ["Ledger", "ledger/alpha/open", "3"]]) {
    await person.open(view);
    await old(person).waitFor();
    assert.equal(await person.figure(figure), value, "what is known stays");
    assert.deepEqual(await person.barriers(), [], view);
  }
  await person.leave();
});

test("that all figures are old is said once", async () => {
  let failing = false;
  const { person, queries } = await arrive("?view=lineitems", {
    overview: () => (failing ? down : overview([alpha()])), "usage/v1/summary": () => (failing ? down : summary(paced("alpha", { studio: pace(720) }))),
  });
  failing = true;
  await refresh(person);
  await eventually(() => assert.ok(queries("overview").length > 1 && queries("usage/v1/summary").length > 1));
  await old(person).first().waitFor();
  await person.settled();
  assert.equal(await old(person).count(), 1);
  await person.leave();
});

test("what is not yet recorded is not known while it cannot be asked for, and the ledger says why", async () => {
  const { person } = await arrive("?view=ledger", { overview: overview([alpha()]), "usage/v1/summary": down });
  await person.page.getByRole("alert").getByText("the usage store is not available, try again", { exact: true }).waitFor();
  assert.equal(await person.figure("ledger/alpha/open"), "—");
  await person.leave();
});
