// Calls to the server. They carry the cookie that signing in has set, which no script can read, and a header that no other
// site can send.

export class Refused extends Error {
  constructor(status, reason, message, retryAfter) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.retryAfter = retryAfter;
  }
}

// Numbers that must be exact are kept as the text that they came as, where the browser tells it.
const exactNumbers = new Set(["charged", "refunded", "used", "units", "tokens", "count", "rate", "value", "quantity"]);
const keepExact = (key, value, context) => (typeof value === "number" && exactNumbers.has(key) && context?.source ? context.source : value);

// The server itself gives up earlier, and says why.
const patience = 45_000;

// holder is whose cookie the page was drawn for, as the server names the token.
let holder;

// address is that of a request. What a query leaves out is not in it.
export function address(path, query, base) {
  const url = new URL(path, base);
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of [value].flat()) {
      if (one !== undefined && one !== "") url.searchParams.append(name, one);
    }
  }
  return url;
}

export async function call(path, { method = "GET", query, headers = {}, signal } = {}) {
  const url = address("api/" + path, query, document.baseURI);
  const limit = AbortSignal.timeout(patience);
  const before = holder;
  let response;
  let text;
  try {
    response = await fetch(url, {
      method, credentials: "same-origin", cache: "no-store", redirect: "error",
      headers: { Dashboard: "1", ...headers }, signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    text = await response.text();
  } catch (cause) {
    if (signal?.aborted) throw cause;
    if (limit.aborted) throw new Refused(0, "TooSlow", `The server took longer than ${patience / 1000} seconds to answer. What is shown may be old.`);
    throw new Refused(0, "Unreachable", "The server cannot be reached. What is shown may be old.");
  }
  const now = response.headers.get("Dashboard-Session");
  if (path === "session") {
    if (before === holder) holder = response.ok ? now : undefined;
  } else if (before && now && before === holder && now !== before) {
    // In another tab somebody else has signed in: figures of one would stand under the name of the other.
    location.reload();
    throw new Refused(0, "SignedInAnew", "Somebody else has signed in.");
  }
  if (response.ok) return text === "" ? undefined : JSON.parse(text, keepExact);
  throw refusal(response, text);
}

function refusal(response, text) {
  let problem = {};
  try {
    problem = JSON.parse(text);
  } catch {
    // Not from this server, but from something in front of it.
  }
  const message = problem.error ?? [problem.message].flat().join("; ");
  return new Refused(response.status, problem.reason ?? "", message || `The server answered ${response.status}.`,
    Number(response.headers.get("Retry-After")) || undefined);
}

export const session = {
  show: () => call("session"),
  begin: (token) => call("session", { method: "POST", headers: { Authorization: "Bearer " + token } }),
  end: () => call("session", { method: "DELETE" }),
};

export const overview = (query, signal) => call("overview", { query, signal });
export const summary = (query, signal) => call("usage/v1/summary", { query, signal });
export const aggregates = (query, signal) => call("usage/v1/aggregates", { query, signal });
export const records = (query, signal) => call("usage/v1/records", { query, signal });
export const endSession = (id, instanceId) => call("sessions/" + encodeURIComponent(id), { method: "DELETE", headers: { "x-instance-id": instanceId } });
