// Every figure on the page is what the API and kubectl say.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Person, api, eventually, kubectl, openBrowser, plain, world } from "./lib.mjs";

let browser, person;
before(async () => {
  browser = await openBrowser();
  person = await Person.arrive(browser, { token: world.producer });
});
after(() => browser?.close());

// period is the last 30 days as the page asks for them: in days of UTC.
function period() {
  const today = new Date(new Date().toISOString().slice(0, 10)).getTime();
  return { from: new Date(today - 29 * 86_400_000).toISOString(), to: new Date(today + 86_400_000).toISOString() };
}
const tokens = "kind=Charge&kind=AutomaticCharge&kind=Refund";
const exact = (text) => String(text).replace(/\.0+$/, "");

test("line items have what was bought, used and left", async () => {
  await person.open("Line items");
  const objects = (await kubectl("lineitems")).items.filter((item) => item.spec.quantity);
  assert.equal(objects.length, 3);
  for (const item of objects) {
    const name = `lineitem/${item.spec.instanceRef.name}/${item.metadata.name}`;
    const instance = world.instances[item.spec.instanceRef.name];
    await eventually(async () => {
      const { status } = await kubectl("lineitems", item.metadata.name);
      const shown = await api(`/provisioning/api/v1.1/instances/${instance}/line-items/${item.spec.activationID}`);
      assert.equal(await person.figure(`${name}/entitled`), String(item.spec.quantity), "kubectl: spec.quantity");
      assert.equal(await person.figure(`${name}/used`), String(status.used), "kubectl: status.used");
      assert.equal(await person.figure(`${name}/available`), String(status.available), "kubectl: status.available");
      assert.equal(await person.figure(`${name}/entitled`), exact(shown.quantity), "API: quantity");
      assert.equal(await person.figure(`${name}/used`), exact(shown.attributes.used ?? shown.used), "API: used");
    });
  }
});

test("the pace and the day of exhaustion are those of the usage data API", async () => {
  const { instances } = await api("/usage/v1/summary");
  for (const instance of instances) {
    for (const item of instance.lineItems.filter((l) => Number(l.entitled.value) > 0)) {
      const name = `lineitem/${instance.instance}/${item.lineItem}`;
      const pace = Number(item.burnRate.value);
      assert.equal(Number(await person.figure(`${name}/perDay`)), Number(pace.toFixed(pace >= 100 ? 0 : pace >= 1 ? 1 : 3)), name);
      const runsOut = person.page.locator(`[data-figure="${name}/runsOut"] time`);
      assert.equal(await runsOut.count(), item.exhausted ? 1 : 0, `${name} runs out`);
      if (item.exhausted) assert.equal((await runsOut.getAttribute("datetime")).slice(0, 10), item.exhausted.time.slice(0, 10), name);
    }
  }
});

test("tokens over time are the sums of the records", async () => {
  await person.open("Usage");
  const { from, to } = period();
  const [total] = (await api(`/usage/v1/aggregates?${tokens}&from=${from}&to=${to}`)).buckets;
  await eventually(async () => {
    assert.equal(await person.figure("period/used"), exact(total.used));
    assert.equal(await person.figure("period/charged"), exact(total.charged));
    assert.equal(await person.figure("period/refunded"), exact(total.refunded));
    assert.equal(await person.figure("period/records"), total.records);
  });
  await person.page.getByText("Show as a table").click();
  for (const bucket of (await api(`/usage/v1/aggregates?${tokens}&from=${from}&to=${to}&by=day`)).buckets) {
    const day = new Date(bucket.key[0]).toISOString();
    assert.equal(await person.figure(`series/${day}/charged`), exact(bucket.charged), day);
    assert.equal(await person.figure(`series/${day}/refunded`), exact(bucket.refunded), day);
  }
  for (const [by, label] of [["item", "By item"], ["requester", "By user"]]) {
    await person.page.getByRole("radio", { name: label }).check();
    await person.settled();
    for (const bucket of (await api(`/usage/v1/aggregates?${tokens}&from=${from}&to=${to}&by=${by}`)).buckets) {
      await eventually(async () => assert.equal(await person.figure(`group/${bucket.key[0]}/used`), exact(bucket.used), bucket.key[0]));
      assert.equal(await person.figure(`group/${bucket.key[0]}/charged`), exact(bucket.charged), bucket.key[0]);
    }
  }
});

test("the parts of a bar are its whole", async () => {
  const table = person.page.getByRole("region", { name: /^Tokens by user and day/ });
  const header = await table.locator("thead th").allInnerTexts();
  const charged = header.indexOf("Charged");
  const millionths = (text) => {
    const [whole, fraction = ""] = plain(text).split(".");
    return BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, "0"));
  };
  const rows = await table.locator("tbody tr").all();
  assert.ok(rows.length > 20);
  for (const row of rows) {
    const cells = (await row.locator("th, td").allInnerTexts()).slice(1).map(millionths);
    assert.equal(cells.slice(0, charged - 1).reduce((a, b) => a + b, 0n), cells[charged - 1]);
  }
});

test("sessions are those that have not ended", async () => {
  await person.open("Sessions");
  const live = (await kubectl("sessions")).items.filter((s) => s.status.state !== "TERMINATED");
  assert.ok(live.length >= 3);
  await eventually(async () => assert.equal(await person.page.locator("tr[data-row]").count(), live.length));
  for (const session of live) {
    const id = session.status.sessionID ?? session.metadata.uid;
    assert.equal((await person.figure(`session/${id}/state`)).toUpperCase(), session.status.state ?? "IDLE");
    assert.equal((await person.figure(`session/${id}/charged`)).split("\n")[0], String(session.status.totals?.charged ?? "—"));
    if (!session.status.nextChargeTime) continue;
    const due = await person.page.locator(`[data-figure="session/${id}/nextCharge"] time`).getAttribute("datetime");
    assert.equal(new Date(due).getTime(), new Date(session.status.nextChargeTime).getTime());
    const shown = await api(`/api/v1.1/sessions/${id}`);
    assert.equal(shown.state, session.status.state);
    assert.equal(Number(shown.chargedUntil), new Date(due).getTime());
  }
});

test("named users have their places, and those who wait are named", async () => {
  await person.open("Named users");
  const { status, spec } = await kubectl("lineitems", "acme-team");
  assert.match(await person.figure("license/acme/acme-team/seats"), new RegExp(`${status.users.active} of ${spec.userLimit} · ${spec.userLimit - status.users.active} free`));
  for (const limitation of status.limitations) {
    const shown = await person.figure(`license/acme/acme-team/${limitation.id}`);
    assert.match(shown, new RegExp(`${limitation.used} of ${limitation.limit} · ${limitation.remaining} free`), limitation.id);
  }
  const users = (await kubectl("userprovisionings")).items;
  const waiting = users.filter((u) => u.status.denied?.some((d) => d.limitationID === "cloud-backup"));
  assert.ok(waiting.length >= 1, "somebody waits for the cloud backup");
  for (const user of waiting) assert.match(await person.figure("license/acme/acme-team/cloud-backup"), new RegExp(user.spec.name));
  const seatless = users.filter((u) => u.spec.active && !u.status.seat);
  assert.equal(seatless.length, 1);
  assert.match(await person.figure("license/acme/acme-team/seats"), new RegExp(seatless[0].spec.name));
});

test("denials are counted by reason", async () => {
  await person.open("Denials");
  const { from, to } = period();
  await eventually(async () => {
    const { buckets } = await api(`/usage/v1/aggregates?kind=Denial&by=reason&from=${from}&to=${to}`);
    assert.ok(buckets.length >= 2);
    for (const bucket of buckets) assert.equal(await person.figure(`denials/${bucket.key[0]}`), bucket.records, bucket.key[0]);
  }, 90_000);
});

test("the ledgers are at the commit that their objects show", async () => {
  await person.open("Ledger");
  for (const name of Object.keys(world.instances)) {
    await eventually(async () => {
      const { status } = await kubectl("instances", name);
      assert.equal(await person.figure(`ledger/${name}/sequence`), String(status.ledger.sequence));
      assert.equal(await person.figure(`ledger/${name}/healthy`), "In order");
    }, 90_000);
  }
});

test("the overview says the same", async () => {
  await person.open("Overview");
  const { from, to } = period();
  const [total] = (await api(`/usage/v1/aggregates?${tokens}&from=${from}&to=${to}`)).buckets;
  const objects = (await kubectl("instances")).items;
  await eventually(async () => {
    assert.equal(await person.figure("period/used"), exact(total.used));
    const live = objects.reduce((n, i) => n + i.status.liveSessions.active + i.status.liveSessions.idle, 0);
    assert.equal(await person.figure("total/sessions"), String(live));
    const left = objects.reduce((n, i) => n + BigInt(Math.round(Number(i.status.tokens.available) * 1e6)), 0n);
    assert.equal(await person.figure("total/available"), String(Number(left) / 1e6));
    assert.equal(await person.figure("total/ledgers"), "In order");
  });
});

test("nothing went wrong on the way, and nobody else was asked", () => {
  assert.deepEqual(person.problems, []);
  assert.deepEqual(person.requests.filter((url) => !url.startsWith(world.page)), []);
});
