// What is to be said of the usage data API's summary, from which a view has some of its figures.

import * as format from "../format.js";
import { message, when } from "../widgets.js";

// summaryNotes are nothing where all of it is there and fresh. Where the view says already that its figures are old, that is not
// said again.
export function summaryNotes(app, summary, stale) {
  const { value, error } = summary;
  return [
    error && !(stale && value) && when(summary, () => null, { retry: () => app.refresh() }),
    value?.more && message("", `The pace of ${format.plural(value.instances.length, "instance")} is shown`,
      "There are more than the usage data API is asked about at once. Choose one of the others to see its pace, and what of it is not yet recorded."),
  ];
}
