/**
 * Creates an element. Children are elements and strings; a string is always inserted as text, never as HTML.
 * Attributes that are undefined or false are omitted.
 */
export function element(tag, attributes = {}, ...children) {
  const created = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) created.setAttribute(name, value === true ? "" : value);
  }
  created.append(...nodes(children));
  return created;
}

/** Returns a text with line breaks allowed between the words of names such as `ManualApproval` and `ADDED_PERMISSIONS`. */
export function breakable(text) {
  return text
    .split(/(?<=[a-z0-9])(?=[A-Z])|(?<=[._])/)
    .flatMap((word, index) => (index ? [element("wbr"), word] : [word]));
}

const SVG = "http://www.w3.org/2000/svg";

/** Returns an icon, hidden from screen readers: its meaning is written beside it. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `icon ${name}`);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/**
 * Changes the children of an element to the given ones with as few changes as possible, which preserves the focus,
 * scroll positions, open <details> and text being typed. Elements are matched by `data-key`.
 */
export function morph(target, ...children) {
  const wanted = nodes(children);
  const keys = new Set(wanted.map(keyOf));
  for (const child of [...target.childNodes]) {
    if (keyOf(child) !== undefined && !keys.has(keyOf(child))) child.remove();
  }
  const keyed = new Map([...target.childNodes].map((child) => [keyOf(child), child]));
  let at = target.firstChild;
  for (const next of wanted) {
    const key = keyOf(next);
    const old = key !== undefined ? keyed.get(key) : keyOf(at) === undefined ? at : undefined;
    if (old && old.nodeName === next.nodeName) {
      if (old !== at) target.insertBefore(old, at);
      become(old, next);
      at = old.nextSibling;
    } else {
      target.insertBefore(next, at);
    }
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

function become(old, next) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== next.data) old.data = next.data;
    return;
  }
  for (const { name } of [...old.attributes]) {
    // The user opens and closes <details>.
    if (!next.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  morph(old, ...next.childNodes);
}

function keyOf(node) {
  return node?.dataset?.key;
}

function nodes(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== undefined && child !== null && child !== false && child !== "")
    .map((child) => (child instanceof Node ? child : document.createTextNode(String(child))));
}
