// Modal dialogs: the browser keeps the focus inside, and gives it back.

import { h, icon } from "./dom.js";

// open shows a dialog until it is closed. The function it gives closes it.
export function open({ title, body, foot, wide }) {
  const returnTo = document.activeElement;
  const key = returnTo?.closest?.("[data-key]")?.dataset.key;
  const dialog = h("dialog", { class: wide && "wide", "aria-labelledby": "dialog-title" },
    h("div", { class: "dialog-head" }, h("h2", { id: "dialog-title" }, title),
      h("button", { class: "button quiet compact square", type: "button", "aria-label": "Close", onclick: () => dialog.close() }, icon("close", true))),
    h("div", { class: "dialog-body" }, body), foot && h("div", { class: "dialog-foot" }, foot));
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    // The page may have been drawn again meanwhile.
    if (!returnTo?.isConnected && key) document.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  return () => dialog.close();
}
