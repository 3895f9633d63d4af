/* Runs in the browser, beside the page: finds accessibility problems. */

/** Returns the words in some elements that are broken across lines. */
window.brokenWords = (selector) =>
  all(selector)
    .flatMap((element) => [...element.childNodes].filter(({ nodeType }) => nodeType === 3))
    .flatMap((text) =>
      [...text.data.matchAll(/\S+/g)]
        .filter(({ 0: word, index }) => {
          const range = document.createRange();
          range.setStart(text, index);
          range.setEnd(text, index + word.length);
          return range.getClientRects().length > 1;
        })
        .map(([word]) => word),
    );

const visible = (element) => element.checkVisibility() && element.getClientRects().length > 0;
const all = (selector) => [...document.querySelectorAll(selector)].filter(visible);
const describe = (element) =>
  `${element.outerHTML.slice(0, 120)} "${element.textContent.trim().slice(0, 40)}"`;

const RULES = {
  "a control has a name": () =>
    all("button, a[href], input, textarea, summary").filter((element) => nameOf(element) === ""),
  "a picture has a text or is left out": () => all("img:not([alt]), svg:not([aria-hidden='true'])"),
  "an id is there once": () => {
    const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
    return ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => document.getElementById(id));
  },
  "what is referred to is there": () =>
    [...document.querySelectorAll("[aria-labelledby], [for]")].filter((element) => {
      const ids = (element.getAttribute("aria-labelledby") ?? element.getAttribute("for")).split(" ");
      return ids.some((id) => !document.getElementById(id));
    }),
  "headings skip no level": () => {
    const headings = all("h1, h2, h3, h4");
    const level = (heading) => Number(heading.tagName[1]);
    return headings.filter((one, index) => level(one) > (index === 0 ? 1 : level(headings[index - 1]) + 1));
  },
  "a section has a name": () => all("section").filter((element) => nameOf(element) === ""),
  "what scrolls can be reached by the keyboard": () =>
    all("main *").filter(
      (element) =>
        element.scrollHeight > element.clientHeight + 2 &&
        ["auto", "scroll"].includes(getComputedStyle(element).overflowY) &&
        element.tabIndex < 0 &&
        element.querySelector("a, button, summary") === null,
    ),
  "a text stands out from what is behind it": () =>
    all("body *").filter((element) => {
      const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
      const isLarge = parseFloat(getComputedStyle(element).fontSize) >= 24;
      // WCAG exempts disabled controls; the page does not need the exemption.
      return hasText && contrast(element) < (isLarge ? 3 : 4.5);
    }),
};

/** The rules that are broken, each with what breaks it. */
window.accessibilityProblems = () =>
  Object.entries(RULES).flatMap(([rule, find]) => find().map((element) => `${rule}: ${describe(element)}`));

function nameOf(element) {
  const ids = element.getAttribute("aria-labelledby")?.split(" ") ?? [];
  const named = ids.map((id) => document.getElementById(id)?.textContent ?? "").join(" ");
  const labels = [...(element.labels ?? [])].map(({ textContent }) => textContent).join(" ");
  const own = element.tagName === "SECTION" ? "" : element.textContent;
  return (named || element.getAttribute("aria-label") || labels || own).trim();
}

function contrast(element) {
  const backgrounds = [];
  for (let at = element; at; at = at.parentElement) backgrounds.unshift(getComputedStyle(at).backgroundColor);
  const ground = backgrounds.reduce((below, color) => blend(rgba(color), below), [255, 255, 255, 1]);
  const [one, other] = [luminance(blend(rgba(getComputedStyle(element).color), ground)), luminance(ground)];
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

/** Any colour that CSS knows, as the browser paints it. */
function rgba(color) {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = color;
  canvas.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
  return [r, g, b, a / 255];
}

function blend([r, g, b, a], below) {
  return [r, g, b].map((value, index) => value * a + below[index] * (1 - a));
}

function luminance(color) {
  const [r, g, b] = color.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
