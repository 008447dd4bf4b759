// Using the page: by keyboard, with a screen reader, on a phone, in the dark, and while things go wrong.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Person, eventually, kubectl, openBrowser, phone, world } from "./lib.mjs";

const views = { Overview: "overview", Usage: "usage", "Line items": "lineitems", Sessions: "sessions", "Named users": "users", Denials: "denials", Ledger: "ledger" };

let browser;
before(async () => { browser = await openBrowser(); });
after(() => browser?.close());

for (const colorScheme of ["light", "dark"]) {
  test(`no view has a barrier, ${colorScheme}`, async () => {
    const person = await Person.arrive(browser, { colorScheme });
    await person.shot(`signin-${colorScheme}`);
    assert.deepEqual(await person.barriers({ colors: colorScheme === "dark" }), [], "signing in");
    await person.signIn(world.producer);
    for (const [name, view] of Object.entries(views)) {
      await person.open(name);
      assert.deepEqual(await person.barriers({ colors: colorScheme === "dark" }), [], name);
      await person.shot(`${view}-${colorScheme}`);
    }
    assert.deepEqual(person.problems, []);
    await person.leave();
  });
}

test("every view fits on a phone", async () => {
  const person = await Person.arrive(browser, { viewport: phone, hasTouch: true });
  await person.shot("signin-phone");
  await person.signIn(world.producer);
  for (const [name, view] of Object.entries(views)) {
    await person.open(name);
    const [content, window] = await person.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(content <= window, `${name} is ${content} wide on ${window}`);
    await person.shot(`${view}-phone`);
  }
  assert.deepEqual(await person.barriers(), []);
  await person.leave();
});

test("the keyboard is enough", async () => {
  const person = await Person.arrive(browser, { token: world.producer });
  await person.settled();
  const focused = () => person.page.evaluate(() => document.activeElement.textContent.trim());
  await person.page.keyboard.press("Tab");
  assert.equal(await focused(), "Skip to the figures");
  for (let i = 0; i < 12 && !(await focused()).startsWith("Sessions"); i++) await person.page.keyboard.press("Tab");
  await person.page.keyboard.press("Enter");
  await person.page.getByRole("heading", { level: 1, name: "Sessions", exact: true }).waitFor();
  assert.equal(await focused(), "Sessions", "a new view begins at its heading");
  await person.settled();
  const button = person.page.getByRole("button", { name: /^Where the figures of session/ }).first();
  await button.focus();
  await person.page.keyboard.press("Enter");
  await person.page.getByRole("dialog").getByText("kubectl get session").first().waitFor();
  await person.page.keyboard.press("Escape");
  await eventually(async () => assert.match(await person.page.evaluate(() => document.activeElement.getAttribute("aria-label") ?? ""), /^Where the figures/));
  await person.leave();
});

test("what is looked at stands in the address", async () => {
  const person = await Person.arrive(browser, { token: world.producer });
  await person.open("Usage");
  await person.page.getByLabel("Period (UTC)", { exact: true }).selectOption("7d");
  await person.page.getByLabel("Instance", { exact: true }).selectOption(world.instances.acme);
  await person.page.getByRole("radio", { name: "By user", exact: true }).check();
  await eventually(async () => assert.ok(await person.page.getByLabel("Item", { exact: true }).locator("option", { hasText: "CADPrint" }).count() > 0));
  await person.page.getByLabel("Item", { exact: true }).selectOption("CADPrint");
  const query = new URL(person.page.url()).searchParams;
  assert.deepEqual(Object.fromEntries(query), { view: "usage", period: "7d", instance: world.instances.acme, by: "requester", item: "CADPrint" });
  await person.settled();
  const used = await person.figure("period/used");
  await person.page.reload();
  await person.settled();
  assert.equal(await person.figure("period/used"), used);
  await person.page.goBack();
  await eventually(() => assert.ok(!new URL(person.page.url()).searchParams.has("item")));
  await eventually(async () => assert.notEqual(await person.figure("period/used"), used));
  await person.page.getByLabel("Period (UTC)", { exact: true }).selectOption("custom");
  await person.page.getByLabel("From", { exact: true }).waitFor();
  await person.leave();
});

test("a session is ended only after a question, and is ended then", async () => {
  const person = await Person.arrive(browser, { token: world.customer, address: `${world.page}?view=sessions` });
  await person.settled();
  const end = person.page.getByRole("button", { name: /^End the session of OmarDiaz/ });
  await end.click();
  const dialog = person.page.getByRole("dialog", { name: "End this session?", exact: true });
  await dialog.waitFor();
  assert.deepEqual(await person.barriers(), []);
  await person.shot("end-session-light");
  assert.equal(await person.page.evaluate(() => document.activeElement.textContent), "Keep it");
  await dialog.getByRole("button", { name: "Keep it", exact: true }).click();
  assert.equal((await kubectl("sessions", "omar")).status.state, "ACTIVE");
  await end.click();
  await dialog.getByRole("button", { name: "End session", exact: true }).click();
  await eventually(async () => assert.equal(await person.page.locator("#announcer").innerText(), "The session of OmarDiaz has ended"));
  await eventually(async () => assert.equal((await kubectl("sessions", "omar")).status.state, "TERMINATED"));
  await eventually(async () => {
    await person.page.getByRole("button", { name: "Refresh now", exact: true }).click();
    assert.equal(await end.count(), 0);
  });
  await person.leave();
});

test("the page says that it is loading, and what failed", async () => {
  const person = await Person.arrive(browser, { token: world.producer });
  await person.settled();
  let release;
  const held = new Promise((resolve) => { release = resolve; });
  await person.page.route("**/usage/v1/aggregates**", async (route) => {
    await held;
    await route.fulfill({ status: 503, headers: { "Retry-After": "1" }, contentType: "application/json", body: '{"error":"the usage store is not available, try again","reason":"Unavailable"}' });
  });
  await person.page.goto(`${world.page}?view=usage`);
  await person.page.getByText("Loading").first().waitFor({ state: "attached" });
  assert.ok(await person.page.locator(".skeleton").count() > 0);
  await person.shot("loading-light");
  release();
  await person.page.getByRole("alert").getByText("the usage store is not available").waitFor();
  assert.deepEqual(await person.barriers(), []);
  await person.shot("unavailable-light");
  await person.page.unroute("**/usage/v1/aggregates**");
  // The page tries again by itself, too: then the button is gone.
  const again = person.page.getByRole("button", { name: "Try again", exact: true });
  await eventually(async () => {
    if (await again.count() > 0) await again.click({ timeout: 1000 });
    assert.ok(Number(await person.figure("period/used")) > 0);
  });
  await person.context.setOffline(true);
  await person.page.getByRole("button", { name: "Refresh now", exact: true }).click();
  await person.page.getByText("These figures may be old").first().waitFor();
  assert.ok(Number(await person.figure("period/used")) > 0, "what is known stays");
  await person.leave();
});

test("an empty period says so", async () => {
  const person = await Person.arrive(browser, { token: world.producer, address: `${world.page}?view=usage&period=custom&from=2020-01-01&to=2020-01-31` });
  await person.page.getByText("Nothing was charged in this period").waitFor();
  await person.shot("empty-light");
  await person.open("Denials");
  await person.page.getByText("Nothing was denied in this period").waitFor();
  await person.leave();
});

test("light and dark can be chosen, and stay so", async () => {
  const person = await Person.arrive(browser, { token: world.producer, colorScheme: "light" });
  const background = () => person.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await person.page.getByRole("button", { name: "Theme", exact: true }).click();
  const dark = await background();
  assert.notEqual(dark, light);
  await person.page.reload();
  await person.settled();
  assert.equal(await background(), dark);
  await person.leave();
});
