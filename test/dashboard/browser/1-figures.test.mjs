// Every figure on the page is what the API and kubectl say, to everybody who may see it.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { compareObjects } from "./figures-objects.mjs";
import { compareUsage } from "./figures-usage.mjs";
import { openBrowser, world } from "./lib.mjs";
import { Viewer } from "./viewer.mjs";

let browser;
before(async () => { browser = await openBrowser(); });
after(() => browser?.close());

for (const [who, viewer] of [
  ["the producer", new Viewer(world, world.producer)],
  ["a customer administrator", new Viewer(world, world.customer, ["acme"])],
  ["the producer of the samples", new Viewer(world.samples, world.samples.producer)],
  ["the customer administrator of the samples", new Viewer(world.samples, world.samples.customer)],
]) {
  describe(`to ${who}`, () => {
    before(() => viewer.arrive(browser));
    after(() => viewer.person?.leave());
    compareObjects(viewer);
    compareUsage(viewer);

    test("nothing went wrong on the way, and nobody else was asked", () => {
      assert.deepEqual(viewer.person.problems, []);
      assert.deepEqual(viewer.person.requests.filter((url) => !url.startsWith(viewer.place.page)), []);
    });
  });
}

// Were there nothing of it, the comparisons would compare nothing.
test("the shop has everything that is compared", async () => {
  const viewer = new Viewer(world, world.producer);
  const users = await viewer.objects("userprovisionings");
  assert.equal((await viewer.objects("lineitems")).filter((item) => item.spec.quantity).length, 3);
  assert.ok((await viewer.objects("sessions")).filter((s) => s.status.state !== "TERMINATED").length >= 3);
  assert.ok(users.some((u) => u.status.denied?.some((d) => d.limitationID === "cloud-backup")), "somebody waits for the cloud backup");
  assert.equal(users.filter((u) => u.spec.active && !u.status.seat).length, 1);
  assert.ok((await viewer.api("/usage/v1/aggregates?kind=Denial&by=reason")).buckets.length >= 2);
  assert.ok(Number((await viewer.one("kind=Refund")).refunded) > 0);
  assert.ok((await viewer.api("/usage/v1/summary")).instances.some((i) => i.lineItems.some((l) => l.exhausted)), "something runs out");
});
