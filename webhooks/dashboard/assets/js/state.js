// What is looked at stands in the address, so that it can be sent to somebody, kept, and gone back to.

export const views = ["overview", "usage", "lineitems", "sessions", "users", "denials", "ledger"];
export const periods = { "24h": "24 hours", "7d": "7 days", "30d": "30 days", "90d": "90 days", "12m": "12 months", custom: "Custom" };

const defaults = { view: "overview", instance: "", period: "30d", from: "", to: "", by: "item", lineItem: "", item: "", user: "", state: "" };

// days are those that can be chosen.
export const days = { first: "2000-01-01", last: "2099-12-31" };

export function read() {
  const query = new URLSearchParams(location.search);
  const state = { ...defaults };
  for (const name of Object.keys(defaults)) {
    if (query.has(name)) state[name] = query.get(name);
  }
  if (!views.includes(state.view)) state.view = defaults.view;
  if (!(state.period in periods)) state.period = defaults.period;
  if (!["item", "requester"].includes(state.by)) state.by = defaults.by;
  return sound(state);
}

// sound is a state that can be shown: a period that cannot be is the usual one.
export function sound(state) {
  if (isDay(state.from) && isDay(state.to) && state.from <= state.to) return state;
  return { ...state, period: state.period === "custom" ? defaults.period : state.period, from: "", to: "" };
}

function isDay(text) {
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 10) === text && text >= days.first && text <= days.last;
}

export function address(state) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) {
    if (value !== defaults[name] && name in defaults) query.set(name, value);
  }
  const text = query.toString();
  return location.pathname + (text ? "?" + text : "");
}

const hour = 3600_000;
const dayLong = 24 * hour;

// range is the time that a state is about, and the buckets that it is shown in: all of UTC.
export function range(state, now) {
  if (state.period === "custom") {
    const from = new Date(state.from + "T00:00:00Z");
    const to = new Date(new Date(state.to + "T00:00:00Z").getTime() + dayLong);
    return { from, to, unit: unitFor(to - from) };
  }
  if (state.period === "24h") {
    const to = new Date(Math.floor(now.getTime() / hour) * hour + hour);
    return { from: new Date(to.getTime() - 24 * hour), to, unit: "hour" };
  }
  const today = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate());
  if (state.period === "12m") {
    const first = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 11, 1);
    return { from: new Date(first), to: new Date(today + dayLong), unit: "month" };
  }
  const days = { "7d": 7, "30d": 30, "90d": 90 }[state.period];
  return { from: new Date(today - (days - 1) * dayLong), to: new Date(today + dayLong), unit: "day" };
}

const unitFor = (length) => (length <= 3 * dayLong ? "hour" : length <= 120 * dayLong ? "day" : "month");

// buckets are the beginnings of all periods of a range, in order, as the API writes them.
export function buckets({ from, to, unit }) {
  const starts = [];
  let at = begin(from, unit);
  while (at < to) {
    starts.push(at);
    at = unit === "month" ? new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1)) : new Date(at.getTime() + (unit === "day" ? dayLong : hour));
  }
  return starts;
}

function begin(at, unit) {
  const [y, m, d, hours] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate(), at.getUTCHours()];
  return new Date(unit === "month" ? Date.UTC(y, m, 1) : unit === "day" ? Date.UTC(y, m, d) : Date.UTC(y, m, d, hours));
}
