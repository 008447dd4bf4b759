// A field for a date that counts when it is complete: browsers report a change with every digit of a year, and the first ones
// are years, too.

import { h } from "./dom.js";
import { days } from "./state.js";

// dateField gives the date that was typed when the field is left or Enter is pressed, and one that was picked at once. What is
// no date that can be chosen gives way to the one before. The property typing keeps what is typed from being drawn over.
export function dateField(name, label, value, chosen) {
  const done = ({ target: input }) => {
    input.typing = false;
    if (!input.validity.valid) input.value = value;
    else if (input.value !== value) chosen(input.value);
  };
  const typed = (event) => {
    const { target: input, key } = event;
    if (key === "Tab" || event.altKey || event.ctrlKey || event.metaKey) return;
    input.typing = true;
    if (key === "Enter" && input.reportValidity()) done(event);
  };
  return h("div", { class: "field" }, h("label", { for: name }, label), h("input", {
    id: name, type: "date", required: true, min: days.first, max: days.last, value, "data-key": `filter:${name}`,
    onkeydown: typed, onblur: (event) => event.target.typing && done(event), onchange: (event) => event.target.typing || done(event),
  }));
}
