// A file for a spreadsheet.

const number = /^-?\d+(\.\d+)?$/;

// What a cell may begin behind, for a spreadsheet that expects something else than commas between cells.
const begins = /(?<=[;\t\r\n])/;

// active is what a cell must not begin with. A spreadsheet passes over what cannot be seen, and over quotation marks.
const active = /^[\s\p{Cc}\p{Cf}"]*[=+\-@＝＋－＠−﹢﹣﹦﹫]|^["\s\p{Cc}\p{Cf}]*'/u;

// inert is a text that a spreadsheet does not take for a formula, nor a part of it: an apostrophe goes in front, as in the
// exports of the API. A number stays one.
export function inert(text) {
  if (number.test(text)) return text;
  const front = active.test(text) || /^\p{Cc}/u.test(text) ? "'" : "";
  return front + text.split(begins).map((part, i) => (i > 0 && active.test(part) ? `'${part}` : part)).join("");
}

export function csv(lines) {
  const cell = (value) => `"${inert(String(value)).replaceAll('"', '""')}"`;
  return lines.map((line) => line.map(cell).join(",")).join("\r\n") + "\r\n";
}
