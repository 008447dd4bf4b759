// Tokens have up to 13 digits and 6 decimals, and sums of them more digits, which no JavaScript number holds: they are counted as
// BigInt millionths.

const scale = 1_000_000n;

// tokens reads a decimal, as a text or as a number that JSON had; undefined where there is none.
export function tokens(value) {
  if (value === undefined || value === null || value === "") return undefined;
  const match = /^(-?)(\d+)(?:\.(\d{1,6}))?$/.exec(plain(value));
  if (!match) throw new Error(`${value} is no decimal`);
  const amount = BigInt(match[2]) * scale + BigInt((match[3] ?? "").padEnd(6, "0"));
  return match[1] ? -amount : amount;
}

// plain is a number without an exponent, which JSON may have.
function plain(value) {
  const text = String(value);
  const match = /^(-?)(\d+)(?:\.(\d+))?[eE]([+-]?\d+)$/.exec(text);
  if (!match) return text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
  const digits = match[2] + (match[3] ?? "");
  const point = match[2].length + Number(match[4]);
  const whole = digits.slice(0, Math.max(0, point)).padEnd(point, "0") || "0";
  const rest = (point < 0 ? "0".repeat(-point) : "") + digits.slice(Math.max(0, point));
  return match[1] + whole + (rest ? "." + rest : "");
}

// exact is the amount as everybody else writes it: 1234.5.
export function exact(amount) {
  const sign = amount < 0n ? "-" : "";
  const absolute = amount < 0n ? -amount : amount;
  const fraction = String(absolute % scale).padStart(6, "0").replace(/0+$/, "");
  return sign + String(absolute / scale) + (fraction ? "." + fraction : "");
}

// approximate is for drawing and for paces, never for a figure that is compared.
export const approximate = (amount) => Number(amount) / 1e6;

export const sum = (amounts) => amounts.reduce((total, amount) => total + (amount ?? 0n), 0n);

// share is how much of a whole something is, from 0 to 1.
export function share(part, whole) {
  if (whole <= 0n) return part > 0n ? 1 : 0;
  return Math.min(1, Math.max(0, Number((part * 10000n) / whole) / 10000));
}
