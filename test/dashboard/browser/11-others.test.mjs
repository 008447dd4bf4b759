// Who else there is: other instances, and somebody else who signs in with the same browser.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Person, eventually, openBrowser, world } from "./lib.mjs";
import { Refusal, arriver, nothing } from "./made-up.mjs";

let browser;
before(async () => { browser = await openBrowser(); });
after(() => browser?.close());

test("a ServiceAccount that may see one instance is not told which others there are", async () => {
  const person = await Person.arrive(browser, { token: world.confined, address: `${world.page}?instance=${world.instances.acme}` });
  await person.settled();
  const nobody = "ffffffff-7f5d-4c0e-8a57-5f0c2c9e9b10";
  for (const url of ["overview?", "usage/v1/summary?", "usage/v1/records?", "usage/v1/aggregates?by=item&"]) {
    const [there, not] = [await person.ask(`${url}instanceId=${world.instances.globex}`), await person.ask(`${url}instanceId=${nobody}`)];
    assert.equal(there.status, 403, url);
    assert.deepEqual({ ...there, body: there.body.replaceAll(world.instances.globex, nobody) }, not, url);
    assert.doesNotMatch(there.body, /globex/i);
  }
  await person.leave();
});

test("figures of one never stand under the name of another who has signed in since", async () => {
  const person = await Person.arrive(browser, { token: world.producer });
  await person.settled();
  assert.equal(await person.figure("role"), "Producer");
  // It asks for nothing while nobody is signed in.
  await person.page.getByRole("button", { name: "Pause updates", exact: true }).click();
  await person.settled();
  const other = new Person();
  other.context = person.context;
  other.page = await person.context.newPage();
  await other.page.goto(world.page);
  await other.page.getByRole("button", { name: "Sign out", exact: true }).click();
  await other.signIn(world.customer);
  await person.page.getByRole("button", { name: "Refresh now", exact: true }).click();
  await eventually(async () => assert.equal(await person.figure("role"), "Customer administrator"));
  await person.settled();
  assert.deepEqual(await person.page.getByLabel("Instance", { exact: true }).locator("option").allInnerTexts(), ["All of yours", "ACME Publishing"]);
  await person.leave();
});

test("a token that nobody knows any more is forgotten where it was kept, wherever that was found out", async () => {
  let known = true;
  const unknown = new Refusal(401, "Unauthenticated", "the token is not known");
  const { person, queries } = await arriver(browser)("?view=lineitems", { "usage/v1/summary": () => (known ? nothing["usage/v1/summary"] : unknown) });
  assert.equal(queries("session").length, 1);
  known = false;
  await person.page.getByRole("button", { name: "Refresh now", exact: true }).click();
  await person.page.getByText("Your sign-in has ended").waitFor();
  await eventually(() => assert.equal(queries("session").length, 2));
  await person.leave();
});
