// The figures that stand in objects: of line items, sessions, named users and ledgers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "./lib.mjs";
import { exact } from "./viewer.mjs";

export function compareObjects(viewer) {
  test("line items have what was bought, used and left", async () => {
    await viewer.person.open("Line items");
    const objects = (await viewer.objects("lineitems")).filter((item) => item.spec.quantity);
    assert.ok(objects.length > 0);
    assert.equal(await viewer.person.page.locator("tr[data-row]").count(), objects.length);
    for (const item of objects) {
      const name = `lineitem/${item.spec.instanceRef.name}/${item.metadata.name}`;
      const instance = viewer.place.instances[item.spec.instanceRef.name];
      await eventually(async () => {
        const { status } = await viewer.object("lineitems", item.metadata.name);
        const shown = await viewer.api(`/provisioning/api/v1.1/instances/${instance}/line-items/${item.spec.activationID}`);
        assert.equal(await viewer.figure(`${name}/entitled`), String(item.spec.quantity), "kubectl: spec.quantity");
        assert.equal(await viewer.figure(`${name}/used`), String(status.used), "kubectl: status.used");
        assert.equal(await viewer.figure(`${name}/available`), String(status.available), "kubectl: status.available");
        assert.equal(await viewer.figure(`${name}/entitled`), exact(shown.quantity), "API: quantity");
        assert.equal(await viewer.figure(`${name}/used`), exact(shown.attributes.used ?? shown.used), "API: used");
      });
    }
  });

  test("the pace and the day of exhaustion are those of the usage data API", async () => {
    await viewer.person.open("Line items");
    const items = async () => (await viewer.api("/usage/v1/summary")).instances.flatMap((i) => i.lineItems.map((item) => ({ ...item, instance: i.instance })))
      .filter((l) => Number(l.entitled.value) > 0);
    await eventually(async () => {
      await viewer.refresh();
      for (const item of await items()) {
        const name = `lineitem/${item.instance}/${item.lineItem}`;
        const pace = Number(item.burnRate.value);
        assert.equal(Number(await viewer.figure(`${name}/perDay`)), Number(pace.toFixed(pace >= 100 ? 0 : pace >= 1 ? 1 : 3)), name);
        const runsOut = viewer.person.page.locator(`[data-figure="${name}/runsOut"] time`);
        assert.equal(await runsOut.count(), item.exhausted ? 1 : 0, `${name} runs out`);
        if (item.exhausted) assert.equal((await runsOut.getAttribute("datetime")).slice(0, 10), item.exhausted.time.slice(0, 10), name);
      }
    });
  });

  test("sessions are those that have not ended", async () => {
    await viewer.person.open("Sessions");
    const live = (await viewer.objects("sessions")).filter((s) => s.status.state !== "TERMINATED");
    assert.ok(live.length > 0);
    await eventually(async () => assert.equal(await viewer.person.page.locator("tr[data-row]").count(), live.length));
    for (const { metadata, spec } of live) {
      await eventually(async () => {
        const { status } = await viewer.object("sessions", metadata.name);
        const id = status.sessionID ?? metadata.uid;
        const instanceId = viewer.place.instances[spec.instanceRef.name];
        assert.equal((await viewer.figure(`session/${id}/state`)).toUpperCase(), status.state ?? "IDLE");
        assert.equal((await viewer.figure(`session/${id}/charged`)).split("\n")[0], String(status.totals?.charged ?? "—"));
        if (status.totals) assert.equal((await viewer.one(`session=${id}&instanceId=${instanceId}`)).charged, String(status.totals.charged), "API: charged");
        await heartbeat(viewer, id, status);
        if (!status.nextChargeTime) return;
        const due = await viewer.person.page.locator(`[data-figure="session/${id}/nextCharge"] time`).getAttribute("datetime");
        assert.equal(new Date(due).getTime(), new Date(status.nextChargeTime).getTime());
        const shown = await viewer.api(`/api/v1.1/sessions/${id}`, { "x-instance-id": instanceId });
        assert.equal(shown.state, status.state);
        assert.equal(Number(shown.chargedUntil), new Date(due).getTime());
      });
    }
  });

  test("named users have their places, and those who wait are named", async () => {
    await viewer.person.open("Named users");
    const { instances } = await viewer.api("/usage/v1/summary");
    const users = await viewer.objects("userprovisionings");
    const licenses = (await viewer.objects("lineitems")).filter((item) => item.status.users);
    assert.ok(licenses.length > 0 && users.length > 0);
    for (const { metadata, spec, status } of licenses) {
      const name = `license/${spec.instanceRef.name}/${metadata.name}`;
      const said = instances.find((i) => i.instance === spec.instanceRef.name).lineItems.find((l) => l.lineItem === metadata.name).limitations;
      const seats = said.find((l) => l.limitationId === "#seat");
      assert.equal(seats.used.value, String(status.users.active));
      const shown = async (key) => (await viewer.figure(`${name}/${key}`)).replace(/\s+/g, " ");
      assert.match(await shown("seats"), new RegExp(`${seats.used.value} of ${seats.limit.value} · ${seats.available.value} free`));
      for (const limitation of status.limitations) {
        const { used, limit, available } = said.find((l) => l.limitationId === limitation.id);
        assert.deepEqual([exact(used.value), exact(limit.value), exact(available.value)], [limitation.used, limitation.limit, limitation.remaining].map(String));
        assert.match(await shown(limitation.id), new RegExp(`${limitation.used} of ${limitation.limit} · ${limitation.remaining} free`), limitation.id);
        const waiting = users.filter((u) => u.spec.lineItemRef.name === metadata.name && u.status.denied?.some((d) => d.limitationID === limitation.id));
        for (const user of waiting) assert.match(await shown(limitation.id), new RegExp(user.spec.name));
      }
      for (const user of users.filter((u) => u.spec.lineItemRef.name === metadata.name && u.spec.active && !u.status.seat)) {
        assert.match(await shown("seats"), new RegExp(user.spec.name));
      }
    }
  });

  test("the ledgers are at the commit that their objects show", async () => {
    await viewer.person.open("Ledger");
    for (const name of viewer.instances) {
      await eventually(async () => {
        await viewer.refresh();
        const { status } = await viewer.object("instances", name);
        const { ledger } = (await viewer.api(`/usage/v1/summary?instanceId=${viewer.place.instances[name]}`)).instances[0];
        const recorded = status.conditions.find((c) => c.type === "UsageRecorded");
        assert.equal(await viewer.figure(`ledger/${name}/sequence`), String(status.ledger.sequence), "kubectl: commits");
        assert.equal(await viewer.figure(`ledger/${name}/sequence`), ledger.sequence, "API: commits");
        assert.equal(await viewer.figure(`ledger/${name}/healthy`), "In order");
        assert.equal(ledger.healthy, true);
        assert.equal(await viewer.figure(`ledger/${name}/open`), ledger.open, "API: not yet recorded");
        assert.equal(await viewer.figure(`ledger/${name}/recorded`), "Recorded");
        assert.equal(recorded.status, "True");
      }, 90_000);
    }
  });
}

async function heartbeat(viewer, id, { nextChargeTime, heartbeatDeadline, lastAutomaticChargeTime, heartbeat: beat }) {
  const shown = (await viewer.figure(`session/${id}/heartbeat`)).split("\n")[0];
  if (!heartbeatDeadline) return assert.equal(shown, nextChargeTime ? "After the next charge" : "—");
  const came = beat?.time && lastAutomaticChargeTime && new Date(beat.time) >= new Date(lastAutomaticChargeTime);
  assert.equal(shown, came ? "Received" : "Due");
  const at = await viewer.person.page.locator(`[data-figure="session/${id}/heartbeat"] time`).getAttribute("datetime");
  assert.equal(new Date(at).getTime(), new Date(came ? beat.time : heartbeatDeadline).getTime());
}
