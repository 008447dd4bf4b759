// A person at a page, and what the API and kubectl say of all that the person may see.

import { Person, api, kubectl } from "./lib.mjs";

export class Viewer {
  // instances are the names of those that the person may see.
  constructor(place, token, instances = Object.keys(place.instances)) {
    Object.assign(this, { place, token, instances });
  }

  async arrive(browser, address = "") {
    this.person = await Person.arrive(browser, { token: this.token, address: this.place.page + address });
  }

  // refresh makes the page ask for everything again: it does so by itself, too, but not at once.
  async refresh() {
    await this.person.page.getByRole("button", { name: "Refresh now", exact: true }).click();
    await this.person.settled();
  }

  figure(name) {
    return this.person.figure(name);
  }

  api(url, headers) {
    return api(url, this.token, headers, this.place);
  }

  object(kind, name) {
    return kubectl(kind, name, this.place);
  }

  async objects(kind) {
    const { items } = await kubectl(kind, "", this.place);
    const lineItems = kind === "userprovisionings" ? (await this.objects("lineitems")).map((l) => l.metadata.name) : [];
    return items.filter(({ metadata, spec }) => ({
      instances: () => this.instances.includes(metadata.name), userprovisionings: () => lineItems.includes(spec.lineItemRef.name),
    }[kind] ?? (() => this.instances.includes(spec.instanceRef.name)))());
  }

  // one is the sum of what a query selects.
  async one(query) {
    const { buckets } = await this.api(`/usage/v1/aggregates?${query}`);
    return buckets[0] ?? { records: "0", charged: "0", refunded: "0", used: "0" };
  }
}

// exact is a decimal as the page writes it, without the commas.
export const exact = (text) => (String(text).includes(".") ? String(text).replace(/0+$/, "").replace(/\.$/, "") : String(text));

// millionths are for adding up.
export function millionths(text) {
  const [, sign, whole, fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  return BigInt(sign + whole + fraction.padEnd(6, "0"));
}

export function sum(decimals) {
  const total = decimals.reduce((n, text) => n + millionths(String(text)), 0n);
  return exact(`${total / 1_000_000n}.${String(total % 1_000_000n).padStart(6, "0")}`);
}

// day is a date as the page writes it.
export function day(text) {
  const date = new Date(text);
  return `${date.getUTCDate()} ${date.toLocaleString("en-US", { month: "short", timeZone: "UTC" })} ${date.getUTCFullYear()}`;
}

export const isChargeable = ({ status }) => status.conditions?.some((c) => c.type === "Active" && c.status === "True");

// period is the last 30 days as the page asks for them: in days of UTC.
export function period() {
  const today = new Date(new Date().toISOString().slice(0, 10)).getTime();
  return `from=${new Date(today - 29 * 86_400_000).toISOString()}&to=${new Date(today + 86_400_000).toISOString()}`;
}

export const movesTokens = "kind=Charge&kind=AutomaticCharge&kind=Refund";
