// Signing in and out, and what other sites cannot do in the name of somebody who is signed in.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Person, eventually, kubectl, openBrowser, world } from "./lib.mjs";

let browser;
before(async () => { browser = await openBrowser(); });
after(() => browser?.close());

test("a token that nobody knows is refused with the reason", async () => {
  const person = await Person.arrive(browser);
  await person.page.getByLabel("Access token", { exact: true }).fill("not-a-token");
  await person.page.getByRole("button", { name: "Sign in", exact: true }).click();
  await person.page.getByRole("alert").getByText("not a JSON Web Token").waitFor();
  assert.equal(await person.page.evaluate(() => document.activeElement.id), "token");
  assert.deepEqual(await person.context.cookies(), []);
  await person.leave();
});

test("the token is kept where no script and no other site can use it", async () => {
  const person = await Person.arrive(browser, { token: world.producer });
  const cookies = await person.context.cookies(`${world.page}api/`);
  assert.equal(cookies.length, 1);
  assert.deepEqual([cookies[0].httpOnly, cookies[0].sameSite], [true, "Strict"]);
  assert.equal(cookies[0].path, new URL(`${world.page}api`).pathname);
  assert.ok(cookies[0].expires * 1000 - Date.now() <= 12 * 3600_000);
  const readable = await person.page.evaluate(() => document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage));
  assert.ok(!readable.includes(world.producer.slice(0, 20)));
  await person.leave();
});

test("behind TLS the cookie is for TLS only", async () => {
  const response = await fetch(`${world.page}api/session`, {
    method: "POST", headers: { Dashboard: "1", Authorization: `Bearer ${world.producer}`, "X-Forwarded-Proto": "https" },
  });
  assert.equal(response.status, 200);
  assert.match(response.headers.getSetCookie()[0], /^__Secure-licensing-dashboard=.*; HttpOnly; Secure; SameSite=Strict$/);
});

test("requests that are not the page's are refused, with the cookie too", async () => {
  const person = await Person.arrive(browser, { token: world.producer });
  const [cookie] = await person.context.cookies(`${world.page}api/`);
  const Cookie = `${cookie.name}=${cookie.value}`;
  const ask = (url, options) => fetch(`${world.page}api/${url}`, { ...options, headers: { Cookie, ...options?.headers } });
  assert.equal((await ask("overview", { headers: { Dashboard: "1" } })).status, 200, "the page itself");
  assert.equal((await ask("overview")).status, 403, "without the header");
  for (const headers of [{ Dashboard: "1", "Sec-Fetch-Site": "cross-site" }, { Dashboard: "1", Origin: "https://evil.example" }, { Dashboard: "1", "Sec-Fetch-Site": "same-site" }]) {
    assert.equal((await ask("sessions/4b9b53bb-ebef-47f4-9e88-6cb4b06e70a8", { method: "DELETE", headers })).status, 403, JSON.stringify(headers));
  }
  for (const [method, url] of [["PUT", "sessions/x"], ["GET", "sessions/x/heartbeat"], ["GET", "usage/v1/export"], ["POST", "overview"], ["DELETE", "sessions/a/b"]]) {
    assert.equal((await ask(url, { method, headers: { Dashboard: "1" } })).status, 404, `${method} ${url}`);
  }
  assert.equal((await fetch(`${world.api}/usage/v1/summary`, { headers: { Cookie } })).status, 401, "the API takes no cookie");
  await person.leave();
});

test("signing out forgets the token", async () => {
  const person = await Person.arrive(browser, { token: world.producer });
  await person.page.getByRole("button", { name: "Sign out", exact: true }).click();
  await person.page.getByText("You are signed out.").waitFor();
  assert.deepEqual(await person.context.cookies(`${world.page}api/`), []);
  await person.page.reload();
  await person.page.getByLabel("Access token", { exact: true }).waitFor();
  await person.leave();
});

test("when the token ends the page asks for another one, and goes on where it was", async () => {
  const person = await Person.arrive(browser, { token: world.producer, address: `${world.page}?view=lineitems` });
  await person.settled();
  const { expires } = JSON.parse((await person.ask("session")).body);
  await person.page.clock.install({ time: Date.now() });
  await person.page.clock.setFixedTime(new Date(new Date(expires).getTime() + 1000));
  await person.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await person.page.getByText("Your sign-in has ended").waitFor();
  assert.ok(!(await person.text()).includes("Studio tokens"));
  await person.page.clock.setFixedTime(new Date());
  await person.signIn(world.producer);
  await person.page.getByRole("heading", { level: 1, name: "Line items", exact: true }).waitFor();
  await person.leave();
});

test("when the server no longer knows the token the page does not go on", async () => {
  const person = await Person.arrive(browser, { token: world.producer });
  await person.settled();
  await person.context.clearCookies();
  await person.page.getByRole("button", { name: "Refresh now", exact: true }).click();
  await person.page.getByText("Your sign-in has ended").waitFor();
  await person.leave();
});

test("a ServiceAccount sees what RBAC lets it see", async () => {
  const reader = await Person.arrive(browser, { token: world.reader, address: `${world.page}?view=lineitems` });
  await reader.page.getByText("Globex tokens").waitFor();
  await reader.leave();
  const nobody = await Person.arrive(browser, { token: world.nobody });
  await nobody.page.getByText("You may not see this").first().waitFor();
  assert.match(await nobody.text(), /cannot get resource "usagerecords"/);
  await nobody.leave();
});

test("a ServiceAccount that may see one instance names it in the address", async () => {
  const address = `${world.page}?view=lineitems&instance=${world.instances.acme}`;
  const person = await Person.arrive(browser, { token: world.confined, address });
  await person.page.getByText("Studio tokens").waitFor();
  await person.settled();
  assert.equal(Number(await person.figure("lineitem/acme/acme-studio/entitled")), 12000);
  assert.doesNotMatch(await person.page.content(), /globex/i);
  await person.page.goto(address.replace(world.instances.acme, world.instances.globex));
  await person.page.getByText("You may not see this").first().waitFor();
  await person.leave();
});

test("messages that name objects of another customer are for the producer", async () => {
  const objects = `${world.kubernetes}/apis/licensing-operator.dev/v1alpha1/namespaces/${world.namespace}/lineitems`;
  const { spec } = await kubectl("lineitems", "globex-studio");
  const duplicate = { apiVersion: "licensing-operator.dev/v1alpha1", kind: "LineItem", metadata: { name: "again" }, spec: { ...spec, instanceRef: { name: "acme" } } };
  const made = await fetch(objects, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(duplicate) });
  assert.equal(made.status, 201, await made.text());
  const active = async (token) => {
    const signedIn = await fetch(`${world.page}api/session`, { method: "POST", headers: { Dashboard: "1", Authorization: `Bearer ${token}` } });
    const Cookie = signedIn.headers.getSetCookie().map((line) => line.split(";")[0]).filter((pair) => !pair.endsWith("=")).join("; ");
    const { instances } = await (await fetch(`${world.page}api/overview?instanceId=${world.instances.acme}`, { headers: { Dashboard: "1", Cookie } })).json();
    return instances[0].lineItems.find((item) => item.name === "again").conditions.find((c) => c.type === "Active");
  };
  await eventually(async () => assert.match((await active(world.producer)).message, /line item globex-studio/));
  for (const token of [world.customer, world.confined]) {
    const { reason, message } = await active(token);
    assert.deepEqual([reason, message], ["DuplicateID", "an older object has the same id, and that one counts; ask the producer"]);
  }
  assert.equal((await fetch(`${objects}/again`, { method: "DELETE" })).status, 200);
});

test("the page may load nothing but its own parts", async () => {
  const response = await fetch(world.page);
  const policy = response.headers.get("Content-Security-Policy");
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe|http|\*/);
  for (const [url, status] of [["js/main.js", 200], ["js/../../../etc/passwd", 404], ["js/", 404], ["nothing.js", 404]]) {
    assert.equal((await fetch(world.page + url)).status, status, url);
  }
  const again = await fetch(`${world.page}js/main.js`, { headers: { "If-None-Match": (await fetch(`${world.page}js/main.js`)).headers.get("ETag") } });
  assert.equal(again.status, 304);
  const moved = await fetch(world.page.replace(/\/$/, ""), { redirect: "manual" });
  assert.deepEqual([moved.status, moved.headers.get("Location")], [308, "dashboard/"]);
});

test("another tenant's page has nothing of this one", async () => {
  const person = await Person.arrive(browser, { token: world.producer, address: world.default });
  await person.page.getByText("There is no instance to be seen").waitFor();
  assert.doesNotMatch(await person.text(), /ACME|Globex/);
  await person.leave();
});
