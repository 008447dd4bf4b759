// The figures that come from usage records, and the overview of them all.

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "./lib.mjs";
import { day, exact, isChargeable, millionths, movesTokens, period, sum } from "./viewer.mjs";

export function compareUsage(viewer) {
  const sums = async (query) => (await viewer.api(`/usage/v1/aggregates?${period()}&${query}`)).buckets;

  test("tokens over time are the sums of the records", async () => {
    await viewer.person.open("Usage");
    await eventually(async () => {
      const total = await viewer.one(`${movesTokens}&${period()}`);
      assert.ok(Number(total.charged) > 0);
      for (const name of ["used", "charged", "refunded"]) assert.equal(await viewer.figure(`period/${name}`), exact(total[name]), name);
      assert.equal(await viewer.figure("period/records"), total.records);
    });
    await viewer.person.page.getByText("Show as a table").click();
    for (const bucket of await sums(`${movesTokens}&by=day`)) {
      const start = new Date(bucket.key[0]).toISOString();
      assert.equal(await viewer.figure(`series/${start}/charged`), exact(bucket.charged), start);
      assert.equal(await viewer.figure(`series/${start}/refunded`), exact(bucket.refunded), start);
    }
    for (const [by, label] of [["item", "By item"], ["requester", "By user"]]) {
      await viewer.person.page.getByRole("radio", { name: label, exact: true }).check();
      await viewer.person.settled();
      for (const bucket of await sums(`${movesTokens}&by=${by}`)) {
        const name = `group/${bucket.key[0]}`;
        await eventually(async () => assert.equal(await viewer.figure(`${name}/used`), exact(bucket.used), name));
        assert.equal(await viewer.figure(`${name}/charged`), exact(bucket.charged), name);
        assert.equal(await viewer.figure(`${name}/refunded`), exact(bucket.refunded), name);
        if (by === "item") assert.equal(await viewer.figure(`${name}/records`), bucket.records, name);
      }
    }
    for (const bucket of (await sums("by=requester")).filter((b) => Number(b.charged) > 0)) {
      assert.equal(await viewer.figure(`group/${bucket.key[0]}/records`), bucket.records, "records of all kinds");
    }
  });

  test("the parts of a bar are its whole", async () => {
    const table = viewer.person.page.getByRole("region", { name: /^Tokens by user and day/ });
    const header = await table.locator("thead th").allInnerTexts();
    const charged = header.indexOf("Charged");
    const rows = await table.locator("tbody tr").all();
    assert.ok(rows.length > 0);
    for (const row of rows) {
      const cells = (await row.locator("th, td").allInnerTexts()).slice(1).map((text) => millionths(text.trim().replaceAll(",", "").replace("−", "-")));
      assert.equal(cells.slice(0, charged - 1).reduce((a, b) => a + b, 0n), cells[charged - 1]);
    }
  });

  test("denials are counted by reason", async () => {
    await viewer.person.open("Denials");
    await eventually(async () => {
      await viewer.refresh();
      const buckets = await sums("kind=Denial&by=reason");
      for (const bucket of buckets) assert.equal(await viewer.figure(`denials/${bucket.key[0]}`), bucket.records, bucket.key[0]);
      assert.equal(await viewer.person.page.locator('[data-figure^="denials/"]').count(), buckets.length);
    }, 90_000);
  });

  test("the overview says the same", async () => {
    await viewer.person.open("Overview");
    await eventually(async () => {
      await viewer.refresh();
      const objects = await viewer.objects("instances");
      const live = objects.reduce((n, i) => n + i.status.liveSessions.active + i.status.liveSessions.idle, 0);
      assert.equal(await viewer.figure("period/used"), exact((await viewer.one(`${movesTokens}&${period()}`)).used));
      assert.equal(await viewer.figure("period/denials"), (await viewer.one(`kind=Denial&${period()}`)).records);
      assert.equal(await viewer.figure("total/sessions"), String(live));
      assert.equal(await viewer.figure("total/available"), sum(objects.map((i) => i.status.tokens.available)));
      assert.equal(await viewer.figure("total/ledgers"), "In order");
    }, 90_000);
  });

  test("the overview says what is left of each line item, and what runs out first", async () => {
    await eventually(async () => {
      await viewer.refresh();
      const usable = (await viewer.objects("lineitems")).filter((item) => item.spec.quantity && isChargeable(item) && !item.status.unlimited);
      for (const { metadata, spec, status } of usable) {
        assert.equal(await viewer.figure(`left/${spec.instanceRef.name}/${metadata.name}`), String(status.available), metadata.name);
      }
      assert.ok(usable.length > 0);
      const names = usable.map((item) => item.metadata.name);
      const said = (await viewer.api("/usage/v1/summary")).instances.flatMap((i) => i.lineItems).filter((l) => names.includes(l.lineItem));
      const first = said.map((l) => l.exhausted?.time).filter(Boolean).sort()[0];
      const usedUp = said.some((l) => Number(l.available.value) === 0);
      assert.equal(await viewer.figure("first/runsOut"), usedUp ? "Used up" : first ? day(first) : "None soon");
    });
  });
}
