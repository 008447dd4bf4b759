// What the page prints behind the sign beside a figure works as it is printed, and gives that figure.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openBrowser, world } from "./lib.mjs";
import { check, open } from "./sources.mjs";
import { Viewer } from "./viewer.mjs";

let browser;
before(async () => { browser = await openBrowser(); });
after(() => browser?.close());

const views = ["Overview", "Usage", "Line items", "Sessions", "Named users", "Denials", "Ledger"];

// signs are the kinds of signs of each view.
const signs = {
  Overview: ["chart", "denied", "first", "healthy", "left", "live", "newest", "period", "runway"], Usage: ["chart", "groups", "period"], "Line items": ["lineitem"],
  Sessions: ["session"], "Named users": ["license"], Denials: ["denials", "newest"], Ledger: ["ledger"],
};
const figures = [
  "denials", "first/runsOut", "group", "ledger/healthy", "ledger/open", "ledger/sequence", "left", "license", "lineitem/available", "lineitem/entitled", "lineitem/used", "newest",
  "period/charged", "period/denials", "period/records", "period/refunded", "period/used", "series/charged", "series/refunded", "session/charged", "session/nextCharge", "session/state",
  "total/available", "total/ledgers", "total/sessions",
];
const kindOf = (name) => (/^(denials|group|left|license|newest)/.exec(name)?.[0] ?? name.replace(/^(\w+)\/.*\/(\w+)$/, "$1/$2"));

for (const [who, viewer, { madeUp, kubectl, denials }] of [
  ["the producer", new Viewer(world, world.producer), { madeUp: true, kubectl: true, denials: true }],
  ["a customer administrator", new Viewer(world, world.customer, ["acme"]), { madeUp: true, kubectl: false, denials: true }],
  ["an account of the cluster", new Viewer(world, world.reader), { madeUp: true, kubectl: true, denials: true }],
  ["the producer of the samples", new Viewer(world.samples, world.samples.producer), { kubectl: true, denials: false }],
]) {
  describe(`for ${who}`, () => {
    const compared = new Set();
    const commands = [];
    before(() => viewer.arrive(browser));
    after(() => viewer.person?.leave());

    for (const view of views) {
      test(view, async () => {
        await viewer.person.open(view);
        if (view === "Usage") await viewer.person.page.getByText("Show as a table").click();
        const found = await open(viewer.person);
        const kinds = [...new Set(found.map(({ key }) => key.split("/")[0]))].sort();
        assert.deepEqual(kinds, signs[view].filter((kind) => denials || !["newest", "denials"].includes(kind)));
        for (const sign of found) {
          commands.push(...sign.lists.flatMap((list) => list.commands));
          for (const name of await check(viewer, sign, madeUp)) compared.add(kindOf(name));
        }
      });
    }

    test("all figures were compared", () => {
      const wanted = [...figures, ...(kubectl ? ["ledger/recorded"] : [])].filter((name) => denials || !["newest", "denials"].includes(name));
      assert.deepEqual([...compared].filter((name) => name !== "session/heartbeat").sort(), wanted.sort());
    });

    test(kubectl ? "kubectl and the API are named" : "there is nothing for kubectl, which only the producer has", () => {
      assert.equal(commands.some((command) => command.includes("kubectl ")), kubectl);
      assert.ok(commands.some((command) => command.startsWith("curl ")));
    });
  });
}

const dayAgo = (n) => new Date(Date.now() - n * 86_400_000).toISOString().slice(0, 10);

for (const [what, address, key] of [
  ["a chosen period", `view=denials&period=custom&from=${dayAgo(40)}&to=${dayAgo(1)}`, "denials"],
  ["a few days", `view=denials&period=custom&from=${dayAgo(5)}&to=${dayAgo(1)}`, "denials"],
  ["a year", "view=denials&period=12m", "denials"],
  ["a chosen instance and item", `view=denials&period=90d&instance=${world.instances.acme}&item=CADPrint`, "denials"],
  ["a chosen user", "view=usage&period=90d&user=LisaBarry", "period"],
  ["users", "view=usage&period=7d&by=requester", "groups"],
  ["a chosen line item", "view=usage&period=90d&lineItem=ACME-Studio&item=Render", "period"],
]) {
  test(`what is printed is about ${what}, as the figures are`, async () => {
    const viewer = new Viewer(world, world.producer);
    await viewer.arrive(browser, `?${address}`);
    await viewer.person.settled();
    const sign = (await open(viewer.person)).find((s) => s.key === key);
    assert.ok((await check(viewer, sign)).length > 0);
    await viewer.person.leave();
  });
}
