// A customer administrator sees the own instance, and nothing of another: not on the page and not by a request.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Person, kubectl, openBrowser, world } from "./lib.mjs";

const views = ["Overview", "Usage", "Line items", "Sessions", "Named users", "Denials", "Ledger"];
// What is only of the other customer.
const theirs = /globex|scorpio|simmons/i;

let browser, person;
before(async () => {
  browser = await openBrowser();
  person = await Person.arrive(browser, { token: world.customer });
});
after(() => browser?.close());

test("every view shows the own instance only", async () => {
  assert.equal(await person.figure("role"), "Customer administrator");
  for (const view of views) {
    await person.open(view);
    assert.doesNotMatch(await person.page.content(), theirs, view);
  }
  const offered = await person.page.getByLabel("Instance", { exact: true }).locator("option").allInnerTexts();
  assert.deepEqual(offered, ["All of yours", "ACME Publishing"]);
});

test("an address with another instance shows nothing", async () => {
  await person.page.goto(`${world.page}?view=sessions&instance=${world.instances.globex}`);
  await person.page.getByText("There is no such instance to be seen").waitFor();
  assert.doesNotMatch(await person.text(), theirs);
});

test("requests for another instance are refused", async () => {
  const { globex } = world.instances;
  const session = (await kubectl("sessions", "hank"));
  const id = session.status.sessionID ?? session.metadata.uid;
  for (const url of [`overview?instanceId=${globex}`, `usage/v1/records?instanceId=${globex}`, `usage/v1/aggregates?by=item&instanceId=${globex}`, `usage/v1/summary?instanceId=${globex}`]) {
    const { status, body } = await person.ask(url);
    assert.equal(status, 403, `${url}: ${body}`);
    assert.doesNotMatch(body, theirs, url);
  }
  for (const url of ["usage/v1/records?instance=globex", "usage/v1/aggregates?by=item&instance=globex"]) {
    const { status, body } = await person.ask(url);
    assert.equal(status, 403, `${url}: ${body}`);
  }
  for (const instance of [globex, world.instances.acme]) {
    const { status, body } = await person.ask(`sessions/${id}`, { method: "DELETE", headers: { Dashboard: "1", "x-instance-id": instance } });
    assert.ok([403, 404].includes(status), `${status} ${body}`);
    assert.doesNotMatch(body, theirs);
  }
  assert.equal((await kubectl("sessions", "hank")).status.state, "ACTIVE");
});

test("no answer to the page ever had anything of another instance", () => {
  // A refusal repeats the name that it was asked about.
  const asked = person.bodies.filter((body) => theirs.test(body.replaceAll('instance names \\"globex\\"', "")));
  assert.deepEqual(asked.map((body) => body.slice(0, 200)), []);
  assert.equal(person.bodies.filter((body) => body.includes(world.operatorNamespace)).length, 0, "nor where the operator is");
  assert.ok(person.bodies.length > 15);
  assert.deepEqual(person.problems, []);
});
