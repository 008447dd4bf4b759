// Choosing what is looked at: dates that are typed, addresses that cannot be, and going back.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually, openBrowser } from "./lib.mjs";
import { arriver, at, bucket, instance, overview } from "./made-up.mjs";

let browser, arrive;
before(async () => {
  browser = await openBrowser();
  arrive = arriver(browser);
});
after(() => browser?.close());

const period = (page) => {
  const query = new URL(page.url()).searchParams;
  return [query.get("from"), query.get("to")];
};
const focused = (page) => page.evaluate(() => document.activeElement.id);

test("a date is typed digit by digit, and counts when it is complete", async () => {
  let names = ["alpha"];
  const { person } = await arrive("?view=usage&period=custom&from=2024-01-01&to=2024-12-31", { overview: () => overview(names.map((name) => instance(name))) });
  const { page } = person;
  const [from, to] = ["From", "To"].map((label) => page.getByLabel(label, { exact: true }));
  await from.focus();
  await page.keyboard.type("0315");
  // Another instance changes the bar while somebody types.
  names = ["alpha", "beta"];
  await page.evaluate(() => document.querySelector('[aria-label="Refresh now"]').click());
  await eventually(async () => assert.equal(await page.getByLabel("Instance", { exact: true }).locator("option").count(), 3));
  await page.keyboard.type("2023");
  assert.equal(await from.inputValue(), "2023-03-15");
  assert.deepEqual(period(page), ["2024-01-01", "2024-12-31"], "nothing is looked at before the date is complete");
  await page.keyboard.press("Enter");
  assert.deepEqual(period(page), ["2023-03-15", "2024-12-31"]);
  assert.equal(await focused(page), "from");
  await to.focus();
  await page.keyboard.type("11302024");
  for (let i = 0; i < 4 && await focused(page) === "to"; i++) await page.keyboard.press("Tab");
  assert.deepEqual(period(page), ["2023-03-15", "2024-11-30"], "the other end stays");
  await to.focus();
  await page.keyboard.type("02012022");
  await page.keyboard.press("Enter");
  assert.deepEqual(period(page), ["2022-02-01", "2022-02-01"], "a period begins before it ends");
  assert.equal(await from.inputValue(), "2022-02-01");
  await from.focus();
  await page.keyboard.type("01011999");
  await page.keyboard.press("Enter");
  assert.deepEqual(period(page), ["2022-02-01", "2022-02-01"], "that year cannot be chosen");
  await to.focus();
  assert.equal(await from.inputValue(), "2022-02-01", "what stands there is what is looked at");
  assert.deepEqual(person.problems, []);
  await person.leave();
});

for (const dates of ["from=2026-13-01&to=2026-13-02", "from=2026-02-30&to=2026-03-02", "from=0002-01-01&to=0002-01-02", "from=2026-03-02&to=2026-03-01"]) {
  test(`an address with a period that cannot be shows the usual one: ${dates}`, async () => {
    const { person } = await arrive(`?view=usage&period=custom&${dates}`, {});
    await person.page.getByText("Nothing was charged in this period", { exact: true }).waitFor();
    const chosen = person.page.getByLabel("Period (UTC)", { exact: true });
    assert.equal(await chosen.inputValue(), "30d");
    await chosen.selectOption("custom");
    const today = new Date().toISOString().slice(0, 10);
    assert.ok(period(person.page)[0] <= today && period(person.page)[0] >= new Date(Date.now() - 86_400_000).toISOString().slice(0, 10));
    assert.deepEqual(person.problems, []);
    await person.leave();
  });
}

test("going back changes a filter along with the figures, also the one with the focus", async () => {
  const { person } = await arrive("?view=usage", {
    "usage/v1/aggregates": ({ by }) => ({ buckets: by === "item" ? [bucket("Render", 3), bucket("Scan", 2)] : by === "day" ? [bucket(at(1), 5)] : [] }),
  });
  const { page } = person;
  const item = page.getByLabel("Item", { exact: true });
  await eventually(async () => assert.equal(await item.locator("option").count(), 3));
  await item.selectOption("Render");
  await item.focus();
  assert.equal(new URL(page.url()).searchParams.get("item"), "Render");
  await page.goBack();
  await eventually(() => assert.equal(new URL(page.url()).searchParams.get("item"), null));
  await eventually(async () => assert.equal(await item.inputValue(), ""));
  assert.equal(await focused(page), "f-item");
  await person.leave();
});
