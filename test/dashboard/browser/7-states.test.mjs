// States that the shop is not in: without a usage store, between heartbeats, and before somebody who is told less.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser } from "./lib.mjs";
import { Refusal, arriver, at, bucket, instance, lineItem, nothing, overview, session } from "./made-up.mjs";
import { open } from "./sources.mjs";

let browser, arrive;
before(async () => {
  browser = await openBrowser();
  arrive = arriver(browser);
});
after(() => browser?.close());

test("without a usage store the page says so, and shows what is left", async () => {
  const notRecorded = new Refusal(501, "UsageNotRecorded", "the operator has no usage.store");
  const { person } = await arrive("?view=usage", {
    overview: overview([instance("alpha", { lineItems: [lineItem("tokens")], tokens: { entitled: "100", used: "40", available: "60" } })]),
    "usage/v1/aggregates": notRecorded, "usage/v1/records": notRecorded,
    "usage/v1/summary": { instances: [{ instance: "alpha", lineItems: [{ activationId: "tokens", lineItem: "tokens" }], ledger: { open: 0 } }], next: 0 },
  });
  const said = person.page.getByRole("heading", { name: "Usage is not recorded here", exact: true });
  for (const view of ["Usage", "Denials", "Overview"]) {
    await person.open(view);
    await said.first().waitFor();
    assert.equal(await person.page.getByRole("alert").count(), 0, `${view}: it is no error`);
    assert.equal(await person.page.getByRole("button", { name: "Try again", exact: true }).count(), 0, `${view}: trying again would not help`);
  }
  assert.equal(await person.figure("total/available"), "60");
  assert.equal(await person.figure("left/alpha/tokens"), "60");
  assert.equal(await person.figure("period/used"), "—");
  assert.equal(await person.figure("period/denials"), "—");
  await person.open("Line items");
  assert.equal(await said.count(), 0);
  assert.equal(await person.figure("lineitem/alpha/tokens/used"), "40");
  assert.equal(await person.figure("lineitem/alpha/tokens/perDay"), "—");
  assert.deepEqual(await person.barriers(), []);
  await person.leave();
});

test("a heartbeat has come, is due, is overdue, or is not awaited", async () => {
  const soon = new Date(Date.now() + 600_000).toISOString();
  const ago = new Date(Date.now() - 600_000).toISOString();
  const states = [
    [{ nextCharge: soon, heartbeatBy: soon, heartbeatCame: true, lastHeartbeat: ago }, "Received", "good"], [{ nextCharge: soon, heartbeatBy: soon }, "Due", "warn"],
    [{ nextCharge: soon, heartbeatBy: ago }, "Due", "bad"], [{ nextCharge: soon }, "After the next charge"], [{ state: "IDLE", idleSince: ago }, "—"],
  ];
  const sessions = states.map(([more], n) => session(n, more));
  const { person } = await arrive("?view=sessions", { overview: overview([instance("alpha", { sessions, counts: { active: 4, idle: 1 } })]) });
  for (const [n, [, text, tone]] of states.entries()) {
    const figure = person.page.locator(`[data-figure="session/${n}-session/heartbeat"]`);
    assert.equal((await figure.innerText()).split("\n")[0].trim(), text);
    if (tone) assert.equal(await figure.locator(`.badge.${tone}`).count(), 1, `${text} is ${tone}`);
  }
  await person.leave();
});

test("where the operator is, only whoever is told is told to look", async () => {
  const accounts = async (answers) => {
    const { person } = await arrive("?view=lineitems", answers);
    const commands = (await open(person)).flatMap(({ lists }) => lists.flatMap((list) => list.commands));
    await person.leave();
    return [commands.filter((command) => command.includes("configmap")), commands];
  };
  const instances = [instance("alpha", { lineItems: [lineItem("tokens")], ledger: { healthy: "True", account: "account.shop.alpha" } })];
  const [told] = await accounts({ overview: overview(instances) });
  assert.deepEqual(told, ["kubectl get configmap account.shop.alpha -n licensing -o yaml"]);
  const untold = overview(instances, { operatorNamespace: undefined });
  const [asCluster, others] = await accounts({ overview: untold, session: { ...nothing.session, role: "cluster" } });
  assert.deepEqual(asCluster, []);
  assert.ok(others.some((command) => command.startsWith("kubectl get lineitem")));
  const [, customer] = await accounts({ overview: untold, session: { ...nothing.session, role: "customer" } });
  assert.ok(customer.length > 0 && customer.every((command) => command.startsWith("curl ")));
});

test("the proof of a ledger looks where the operator is, and is shown only to whoever is told where that is", async () => {
  const proofs = async (answers) => {
    const { person } = await arrive("?view=ledger", { overview: overview([instance("alpha")], answers.where), session: { ...nothing.session, role: answers.role } });
    const commands = (await open(person)).flatMap(({ lists }) => lists.flatMap((list) => list.commands));
    await person.leave();
    assert.ok(commands.length > 0);
    return commands.filter((command) => command.includes("ledger verify"));
  };
  const [proof, ...more] = await proofs({ role: "producer" });
  assert.match(proof, /kubectl licensing ledger verify alpha -n shop --operator-namespace licensing --server-url http/);
  assert.deepEqual(more, []);
  assert.deepEqual(await proofs({ role: "cluster", where: { operatorNamespace: undefined } }), []);
  assert.deepEqual(await proofs({ role: "customer", where: { operatorNamespace: undefined } }), []);
});

test("names that a shell would run are quoted", async () => {
  const wild = "it's $(id) `id` & co";
  const { person } = await arrive(`?view=usage&by=item&item=${encodeURIComponent(wild)}`, {
    "usage/v1/aggregates": ({ by }) => ({ buckets: by === "item" ? [bucket(wild, 2)] : by === "item,day" ? [bucket([wild, at(1)], 2)] : [bucket(at(1), 2)] }),
  });
  const commands = (await open(person)).flatMap(({ lists }) => lists.flatMap((list) => list.commands));
  assert.ok(commands.length >= 4);
  for (const command of commands) {
    const [, url] = /^curl -s -H "Authorization: Bearer \$TOKEN" '([^']*)'$/.exec(command);
    assert.equal(new URL(url).searchParams.get("item"), wild);
  }
  await person.leave();
});
