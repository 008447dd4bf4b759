// A page whose answers a test makes up: only the page itself is the server's.

import { Person, world } from "./lib.mjs";

export const day = 86_400_000;
const today = new Date(new Date().toISOString().slice(0, 10)).getTime();
export const at = (days, hours = 0) => new Date(today - days * day + hours * 3600_000).toISOString().replace(".000Z", "Z");
export const ids = { alpha: "5f0c2c9e-7f5d-4c0e-8a57-0c8f3a5d9b10", beta: "0c8f3a5d-7f5d-4c0e-8a57-5f0c2c9e9b10" };

export const instance = (name, more) => ({
  id: ids[name], name, shortName: name, accountId: name, created: at(90), ledger: { healthy: "True" }, tokens: {}, lineItems: [], sessions: null,
  counts: { active: 0, idle: 0 }, conditions: [], ...more,
});
export const overview = (instances, more) => ({ time: at(0), namespace: "shop", operatorNamespace: "licensing", instances, ...more });
export const bucket = (key, charged, more) => ({ key: [key].flat(), records: 1, charged, refunded: 0, used: charged, units: 0, ...more });
export const session = (n, more) => ({ id: `${n}-session`, namespace: "shop", name: `s-${n}`, state: "ACTIVE", created: at(1), requesterValue: `user${n}`, items: [], ...more });
export const lineItem = (name, more) => ({
  name, activationId: name, state: "DEPLOYED", quantity: 100, start: at(90), end: at(-90), elastic: true, used: "40", available: "60",
  conditions: [{ type: "Active", status: "True", reason: "Deployed", since: at(90) }], ...more,
});

export const nothing = {
  session: { role: "producer", name: "admin", namespace: "shop" }, overview: overview([instance("alpha"), instance("beta")]),
  "usage/v1/summary": { instances: [], next: 0 }, "usage/v1/aggregates": { buckets: [] }, "usage/v1/records": { records: [], next: 0, more: false },
};

// Refusal is an answer that refuses.
export class Refusal {
  constructor(status, reason, error) {
    Object.assign(this, { status, json: { error, reason } });
  }
}

// arriver gives a function that opens the page on answers, which may be functions of the query, or text to be sent as it is. What the
// page asks is kept.
export const arriver = (browser) => async (address, answers, { init } = {}) => {
  const asked = [];
  const person = await Person.arrive(browser, {
    address: world.page + address, acceptDownloads: true,
    prepare: async (page) => {
      if (init) await page.addInitScript(init);
      await page.route("**/dashboard/api/**", async (route) => {
        const url = new URL(route.request().url());
        const name = url.pathname.split("/dashboard/api/")[1];
        const query = Object.fromEntries([...url.searchParams.keys()].map((key) => [key, url.searchParams.getAll(key).join(",")]));
        asked.push({ name, query });
        const answer = { ...nothing, ...answers }[name];
        const json = typeof answer === "function" ? await answer(query) : answer;
        const sent = typeof json === "string" ? { body: json, contentType: "application/json" } : json instanceof Refusal ? { ...json } : { json };
        await route.fulfill(sent).catch(() => {}); // the page may have given up
      });
    },
  });
  await person.page.locator("#view-title").waitFor();
  await person.settled();
  return { person, asked, queries: (name) => asked.filter((a) => a.name === name).map((a) => a.query) };
};
