// What usage.retention has dropped, which sums do not have any more.

import * as format from "./format.js";
import { empty, message } from "./widgets.js";

// keptFrom is since when all of several answers are complete; undefined where none of them lacks anything.
export const keptFrom = (answers) => answers.map((answer) => answer?.keptFrom).filter(Boolean).sort().at(-1);

const said = (since) => `${format.day(new Date(since))}, ${format.clock(new Date(since))} UTC`;

export const warning = (since) => since !== undefined
  && message("warn", `Complete since ${said(since)}`, "The period begins before that. Older records were dropped, and figures of it lack them.");

// nothing stands where a period has no records. They may have been dropped.
export const nothing = (name, since, title, text) => (since === undefined
  ? empty(name, title, text)
  : empty(name, "Nothing of this period is left", `Records from before ${said(since)} were dropped.`));
