// Figures and times in words. All times are UTC: days of usage are, and kubectl shows them so.

import { exact } from "./decimal.js";
import { h } from "./dom.js";

const none = "—";

// amount groups the digits of a token amount and leaves out none of them.
export function amount(value) {
  if (value === undefined) return none;
  const [whole, fraction] = exact(value).split(".");
  const grouped = whole.replace("-", "−").replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction ? `${grouped}.${fraction}` : grouped;
}

// parts is an amount for large print: what is behind the point is smaller, and all of it is there.
export function parts(value) {
  const [whole, fraction] = amount(value).split(".");
  return fraction ? [whole, h("span", { class: "fraction" }, `.${fraction}`)] : whole;
}

export const count = (n) => Number(n).toLocaleString("en-US");

const plural = (n, unit) => `${count(n)} ${unit}${n === 1 ? "" : "s"}`;
export { plural };

// pace rounds: it is an estimate.
export function pace(perDay) {
  if (perDay === undefined) return none;
  const digits = perDay >= 100 ? 0 : perDay >= 1 ? 1 : 3;
  return perDay.toLocaleString("en-US", { maximumFractionDigits: digits });
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (n) => String(n).padStart(2, "0");

export function day(date) {
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}
export function clock(date) {
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
}
export function month(date) {
  return `${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}
export function dayMonth(date) {
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]}`;
}

// The year in which what does not end ends.
const forever = 9999;

// relative is how far a time is from now.
export function relative(date, now) {
  const seconds = Math.round((date - now) / 1000);
  const distance = Math.abs(seconds);
  const [n, unit] = distance < 60 ? [distance, "s"]
    : distance < 3600 ? [Math.floor(distance / 60), "min"]
      : distance < 86400 * 2 ? [Math.floor(distance / 3600), "h"]
        : [Math.floor(distance / 86400), "days"];
  return seconds >= 0 ? `in ${n} ${unit}` : `${n} ${unit} ago`;
}

// moment is an element for a time: readable, with the exact one behind it.
export function moment(text, { now, dateOnly } = {}) {
  if (!text) return h("span", { class: "muted" }, none);
  const date = new Date(text);
  if (date.getUTCFullYear() >= forever) return h("time", { datetime: text }, "does not end");
  const said = dateOnly ? day(date) : `${day(date)}, ${clock(date)}`;
  const exactly = date.toISOString().replace("T", " ").replace(/\.000Z|Z$/, " UTC");
  return h("time", { datetime: text, title: exactly }, now ? [relative(date, now), h("span", { class: "sub" }, said)] : said);
}

export const dash = none;
