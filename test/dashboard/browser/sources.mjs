// What the page prints behind the sign beside figures, and which figures those are.

import assert from "node:assert/strict";
import { eventually, exactly } from "./lib.mjs";
import { run } from "./shell.mjs";
import { day, exact, sum } from "./viewer.mjs";

// open gives the sources behind each sign of the view: {key, lists: [{title, commands}]}.
export async function open({ page }) {
  const found = [];
  for (const key of await page.locator('[data-key^="source:"]').evaluateAll((all) => all.map((e) => e.dataset.key))) {
    await page.locator(`[data-key="${key}"]`).click();
    const lists = await page.locator("dialog .sources > li").evaluateAll((all) => all.map((li) => ({
      title: li.querySelector("h3").textContent, commands: [...li.querySelectorAll("code")].map((code) => code.textContent),
    })));
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
    assert.ok(lists.length > 0, `behind ${key} is nothing`);
    found.push({ key: key.replace("source:", ""), lists });
  }
  return found;
}

// answersOf runs all commands of a sign. All have to work.
async function answersOf({ key, lists }, token, madeUp) {
  const answers = [];
  for (const { title, commands } of lists) {
    for (const command of commands) {
      const { code, out, errors } = await run(command, token);
      const verifies = command.includes("ledger verify");
      // A history that was made up is not that of the account, which the command finds out.
      if (verifies && madeUp) assert.match(out, /NOT EQUAL[^]*compared at commit/, `${command}: ${errors}`);
      else assert.equal(code, 0, `${key}, ${title}: ${command}: ${errors}`);
      const api = command.startsWith("curl ");
      answers.push({ title, api, proof: verifies, out: api ? exactly(out) : out });
    }
  }
  return answers;
}

const bucketFigures = (name, { used, charged, refunded, records }) => [
  [`${name}/used`, exact(used)], [`${name}/charged`, exact(charged)], [`${name}/refunded`, exact(refunded)], [`${name}/records`, records],
];
// Of a session that was granted nothing no object says what it was charged.
const nothingIsDash = (charged) => (Number(charged) === 0 ? "—" : charged);
const zero = { used: "0", charged: "0", refunded: "0", records: "0" };
const lineItemsOf = (answer) => answer.instances.flatMap((i) => i.lineItems);

// all adds up what the answers about single instances say, those of kubectl and those of the API.
function all(answers, name, { kubectl, api }) {
  const parts = [answers.filter((a) => !a.api).map((a) => kubectl(JSON.parse(a.out))), answers.filter((a) => a.api).map((a) => api(a.out.instances[0]))];
  return parts.filter((values) => values.length > 0).map((values) => [name, sum(values.flat())]);
}

// each is what single answers say, by their titles.
function each(answers, titles) {
  return answers.filter((a) => titles[a.title]).flatMap(({ title, api, out }) => {
    const { name, kubectl = (text) => text.trim(), api: find } = titles[title];
    return api ? (find ? [[name, find(out)]] : []) : [[name, kubectl(out)]];
  });
}

// said are the figures beside a sign, with what the answers say they are. What is beside none is only run.
const said = {
  period: ([{ out }]) => bucketFigures("period", out.buckets[0] ?? zero),
  chart: ([{ out }]) => out.buckets.flatMap((b) => bucketFigures(`series/${new Date(b.key[0]).toISOString()}`, b)),
  groups: ([{ out }]) => out.buckets.filter((b) => Number(b.charged) + Number(b.refunded) > 0).flatMap((b) => bucketFigures(`group/${b.key[0]}`, b)),
  denials: ([{ out }]) => out.buckets.map((b) => [`denials/${b.key[0]}`, b.records]),
  denied: ([{ out }]) => [["period/denials", out.buckets[0]?.records ?? "0"]],
  newest: ([{ out }]) => [["newest", out.records.toSorted((a, b) => new Date(a.time) - new Date(b.time) || a.position - b.position).at(-1).id]],
  left: (answers) => all(answers, "total/available", { kubectl: (t) => t.available, api: (i) => i.lineItems.filter((l) => l.available).map((l) => l.available.value) }),
  live: (answers) => all(answers, "total/sessions", { kubectl: (t) => [t.active, t.idle], api: (i) => [i.sessions.active.value, i.sessions.idle.value] }),
  healthy: (answers) => answers.map(({ api, out }) => ["total/ledgers", (api ? out.instances[0].ledger.healthy : JSON.parse(out).status === "True") ? "In order" : "Not in order"]),
  first([{ out }]) {
    const items = lineItemsOf(out);
    const first = items.map((l) => l.exhausted?.time).filter(Boolean).sort()[0];
    return [["first/runsOut", items.some((l) => l.available && Number(l.entitled.value) > 0 && Number(l.available.value) === 0) ? "Used up" : first ? day(first) : "None soon"]];
  },
  // The titles are those of the line items, in the order in which they stand on the page.
  runway(answers, id, left) {
    const titles = [...new Set(answers.map((a) => a.title))];
    assert.equal(titles.length, left.length);
    return left.flatMap((name, i) => each(answers, { [titles[i]]: {
      name, api: (a) => exact(lineItemsOf(a).find((l) => l.lineItem === name.split("/")[2]).available.value),
    } }));
  },
  lineitem(answers, id) {
    const of = (field) => (answer) => exact(lineItemsOf(answer).find((l) => l.lineItem === id.split("/")[1])[field].value);
    return each(answers, Object.fromEntries([["Entitled", "entitled"], ["Used", "used"], ["Left", "available"]].map(([title, field]) => [title, { name: `lineitem/${id}/${field}`, api: of(field) }])));
  },
  session: (answers, id) => each(answers, {
    State: { name: `session/${id}/state`, kubectl: (text) => text || "IDLE", api: (s) => s.state },
    "Charged and refunded in all": { name: `session/${id}/charged`, kubectl: (text) => (text ? String(JSON.parse(text).charged) : "—"), api: (a) => nothingIsDash(a.buckets[0]?.charged ?? "0") },
    "Next charge": { name: `session/${id}/nextCharge`, kubectl: (text) => new Date(text).getTime(), api: (s) => Number(s.chargedUntil) },
    "When a heartbeat is due": { name: `session/${id}/heartbeat`, kubectl: (text) => new Date(text).getTime() },
  }),
  license(answers, id) {
    const [seats, ...limitations] = answers.filter((a) => a.api).length > 0 ? lineItemsOf(answers.find((a) => a.api).out).find((l) => l.lineItem === id.split("/")[1]).limitations : [];
    return [
      ...each(answers, { "Active users": { name: `license/${id}/seats`, kubectl: (text) => new RegExp(`\\n${JSON.parse(text).active} of `), api: () => new RegExp(`\\n${seats.used.value} of ${seats.limit.value}`) } }),
      ...limitations.flatMap((l) => each(answers, { [l.name]: {
        name: `license/${id}/${l.limitationId}`, api: () => new RegExp(`\\n${l.used.value} of ${l.limit.value} · ${l.available.value} free`),
        kubectl: (text) => new RegExp(`\\n${JSON.parse(text).used} of ${JSON.parse(text).limit} · ${JSON.parse(text).remaining} free`),
      } })),
    ];
  },
  ledger: (answers, id) => each(answers, {
    "Whether it is in order": { name: `ledger/${id}/healthy`, kubectl: (text) => (JSON.parse(text).status === "True" ? "In order" : "Not in order"), api: (a) => (a.instances[0].ledger.healthy ? "In order" : "Not in order") },
    "Commits, last commit and fingerprint": { name: `ledger/${id}/sequence`, kubectl: (text) => String(JSON.parse(text).sequence), api: (a) => a.instances[0].ledger.sequence },
    "Whether usage is recorded": { name: `ledger/${id}/recorded`, kubectl: (text) => (JSON.parse(text).status === "True" ? "Recorded" : "Held up") },
    "Not yet recorded": { name: `ledger/${id}/open`, api: (a) => a.instances[0].ledger.open },
  }),
};

// shown is a figure as the page has it: a time exactly, and nothing for one that this view does not have.
async function shown(person, name, wanted) {
  if (name === "newest") {
    const row = person.page.locator("#newest-title").locator("xpath=ancestor::section").locator("tr[data-row]").first();
    return (await row.count()) ? row.getAttribute("data-row") : undefined;
  }
  const figure = person.page.locator(`[data-figure="${name}"]`);
  if ((await figure.count()) === 0) return undefined;
  if (typeof wanted === "number") return new Date(await figure.locator("time").getAttribute("datetime")).getTime();
  const text = await person.figure(name);
  if (wanted instanceof RegExp) return text;
  return name.endsWith("/state") ? text.toUpperCase() : text.split("\n")[0];
}

// check runs everything that the view prints, and compares the figures. It gives the names of those that were compared.
export async function check(viewer, sign, madeUp) {
  const [kind, ...rest] = sign.key.split("/");
  assert.ok(said[kind], `nothing is known about the sign ${sign.key}`);
  const compared = [];
  let tries = 0;
  await eventually(async () => {
    // What the page has may be a minute old, and a day further on the next one.
    if (tries++ > 0) await viewer.refresh();
    compared.length = 0;
    const answers = await answersOf(sign, viewer.token, madeUp);
    const left = await viewer.person.page.locator('[data-figure^="left/"]').evaluateAll((all) => all.map((e) => e.dataset.figure));
    for (const [name, value] of said[kind](answers, rest.join("/"), left)) {
      const got = await shown(viewer.person, name, value);
      if (got === undefined) continue;
      if (value instanceof RegExp) assert.match(got, value, `${sign.key}: ${name}`);
      else assert.equal(got, value, `${sign.key}: ${name}`);
      compared.push(name);
    }
  }, 60_000);
  return compared;
}
