// The file for a spreadsheet, without a browser.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

// The operator's own files are no package, of which node would want to know the kind.
const source = readFileSync(new URL("../../../webhooks/dashboard/assets/js/csv.js", import.meta.url), "utf8");
const { csv, inert } = await import(`data:text/javascript,${encodeURIComponent(source)}`);

test("no part of a cell is a formula, and what was put in can be taken away", () => {
  for (const [text, want] of Object.entries({
    "": "", plain: "plain", "a=b": "a=b", "-12.5": "-12.5", "a;b": "a;b", "a\r\nb": "a\r\nb",
    "=1": "'=1", " =1": "' =1", "\t=1": "'\t'=1", "\ta": "'\ta", "'a": "''a", "＝1": "'＝1",
    "a;=1": "a;'=1", "a\n=1": "a\n'=1", "a\t@x": "a\t'@x", "a\r+1": "a\r'+1", "a; =1;-1": "a;' =1;'-1", 'a;"=1': "a;'\"=1", "a;'": "a;''",
    "x;=cmd|'/C calc'!A0": "x;'=cmd|'/C calc'!A0",
  })) {
    assert.equal(inert(text), want);
    assert.equal(inert(text).replace(/(^|[;\t\r\n])'/g, "$1"), text);
  }
});

test("cells are quoted", () => {
  assert.equal(csv([["Time", 'a"b'], [1, "x;=1"]]), "\"Time\",\"a\"\"b\"\r\n\"1\",\"x;'=1\"\r\n");
});
