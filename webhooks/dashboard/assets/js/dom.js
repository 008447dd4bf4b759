// Elements without markup in strings: nothing that a name or a message holds is ever read as HTML.

const svgNamespace = "http://www.w3.org/2000/svg";

// h makes an element. Attributes that are null or false are left out; those that begin with "on" are listeners.
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) {
      element[name] = value;
      listeners.add(name);
    } else if (name === "width") element.style.width = value; // an attribute style would be refused by the page's policy
    else element.setAttribute(name, value === true ? "" : value);
  }
  append(element, children);
  if (tag === "details" && attributes?.["data-key"]) {
    element.open = opened.has(attributes["data-key"]);
    element.addEventListener("toggle", () => (element.open ? opened.add(attributes["data-key"]) : opened.delete(attributes["data-key"])));
  }
  return element;
}

// opened are the keys of what somebody has opened: it stays open when it is drawn again.
const opened = new Set();

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

// listeners are the properties that elements listen with. Those of an element that stays are renewed: they know the figures
// that it was drawn from.
const listeners = new Set();

// place puts children into an element for good. Whoever made them keeps them, and draws in them.
export function place(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

// show draws what is in an element anew. What is as it was stays: the focus, what is selected, and where somebody reads; and
// no alert is announced twice. A control that had to be replaced is known by data-key, and keeps the focus.
export function show(element, ...children) {
  const focused = element.contains(document.activeElement) ? document.activeElement.closest("[data-key]")?.dataset.key : undefined;
  const fresh = document.createDocumentFragment();
  append(fresh, children);
  showChildren(element, fresh);
  if (focused === undefined || element.contains(document.activeElement)) return;
  const control = element.querySelector(`[data-key="${CSS.escape(focused)}"]`);
  (control?.matches("details") ? control.querySelector("summary") : control)?.focus({ preventScroll: true });
}

// showChildren goes through both lists in order. What it passes by on the way to the next one that is alike is not there any more.
function showChildren(element, fresh) {
  let at = element.firstChild;
  const drop = () => {
    const next = at.nextSibling;
    at.remove();
    at = next;
  };
  for (const child of [...fresh.childNodes]) {
    let found = at;
    while (found && !areAlike(found, child)) found = found.nextSibling;
    if (!found) {
      element.insertBefore(child, at);
      continue;
    }
    while (at !== found) drop();
    renew(found, child);
    at = found.nextSibling;
  }
  while (at) drop();
}

// Two nodes are alike if one may become the other: it is of the same thing, and looks the same.
const areAlike = (a, b) => a.nodeName === b.nodeName && (a.nodeType !== Node.ELEMENT_NODE
  || ["class", "id", "type", "data-key", "data-row", "data-own", "aria-labelledby"].every((name) => a.getAttribute(name) === b.getAttribute(name)));

// renew makes a node what a fresh one is. What has data-own is drawn by somebody else.
function renew(node, fresh) {
  if (node.nodeType !== Node.ELEMENT_NODE) {
    if (node.data !== fresh.data) node.data = fresh.data;
    return;
  }
  if (node.dataset.own !== undefined) return;
  renewAttributes(node, fresh);
  for (const name of listeners) node[name] = fresh[name];
  showChildren(node, fresh);
  if (!node.matches("input, select")) return;
  // The attributes are only what it begins with.
  if (node.checked !== fresh.checked) node.checked = fresh.checked;
  if (node.value !== fresh.value && !node.typing) node.value = fresh.value;
}

// A list stays as somebody has opened it, and the page's policy refuses the attribute style.
const kept = new Set(["open", "style"]);

function renewAttributes(element, fresh) {
  for (const name of new Set([...element.getAttributeNames(), ...fresh.getAttributeNames()])) {
    const value = fresh.getAttribute(name);
    if (kept.has(name) || element.getAttribute(name) === value) continue;
    if (value === null) element.removeAttribute(name);
    else element.setAttribute(name, value);
  }
  if (element.style.width !== fresh.style.width) element.style.width = fresh.style.width;
}

const paths = {
  overview: "M4 13h6V4H4zM14 20h6V4h-6zM4 20h6v-3H4z",
  usage: "M4 20h16M7 16v-5M12 16V5M17 16v-8",
  lineitems: "M4 7h16v10H4zM4 11h16M8 14.5h3",
  sessions: "M4 12h4l2.5-6 4 12L17 12h3",
  users: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c.6-3.4 3.2-5.2 6.5-5.2s5.900 1.800 6.500 5.200M16 4.300a3.500 3.500 0 0 1 0 6.500M18 15.300c1.900.700 3.200 2.300 3.500 4.700",
  denials: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM5.800 5.800l12.400 12.400",
  ledger: "M6 3h11a2 2 0 0 1 2 2v16H7a2 2 0 0 1-2-2V4.500M9 8h6M9 12h6M5 18.500c0-1 .9-1.500 2-1.500h12",
  source: "M9 7l-5 5 5 5M15 7l5 5-5 5",
  refresh: "M20 11a8 8 0 0 0-14.300-4M4 4v4h4M4 13a8 8 0 0 0 14.300 4M20 20v-4h-4",
  pause: "M9 5v14M15 5v14",
  play: "M8 5l11 7-11 7z",
  theme: "M12 3.500a8.500 8.500 0 1 0 0 17zM12 3.500a8.500 8.500 0 0 1 0 17",
  signout: "M14 4h4a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2h-4M10 8l-4 4 4 4M6 12h9",
  alert: "M12 4l9 16H3zM12 10v4.500M12 17.300v.200",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5M12 8v.100",
  close: "M6 6l12 12M18 6L6 18",
  copy: "M9 9h10v11H9zM5 15V4h10",
  check: "M5 12.500l4.500 4.500L19 7.500",
  download: "M12 4v11M7.500 11l4.500 4.500 4.500-4.500M5 20h14",
};

// icon is decoration: what it stands beside says the same in words.
export function icon(name, tiny) {
  const svg = document.createElementNS(svgNamespace, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", tiny ? "icon tiny" : "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(svgNamespace, "path");
  path.setAttribute("d", paths[name]);
  svg.append(path);
  return svg;
}

// announce says something to screen readers.
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}

// toast says it to everybody.
export function toast(text) {
  let host = document.querySelector(".toasts");
  if (!host) document.body.append(host = h("div", { class: "toasts" }));
  const shown = h("div", { class: "toast", "aria-hidden": "true" }, text);
  host.append(shown);
  announce(text);
  setTimeout(() => shown.remove(), 6000);
}
