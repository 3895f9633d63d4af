/* Runs in the browser, beside the page: what does not fit where it is drawn. */

const BOXES = ".action, .stage, .approval, .card, .execution, .chip, table, main, header";

/** The texts and boxes in `main` that leave their card's padding, are cut off, or leave the window. */
window.overflowing = () => [...new Set([...wideTexts(), ...wideBoxes(), ...wideWindow()])];

function wideTexts() {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const { currentNode: text } = walker;
    const parent = text.parentElement;
    if (text.data.trim() === "" || !parent.checkVisibility() || parent.closest(".unseen, .skip")) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const box = parent.closest(BOXES);
    if (!box) continue;
    for (const rect of range.getClientRects()) {
      if (!fits(rect, contentOf(box))) found.push(`"${text.data.trim()}" leaves ${describe(box)}`);
    }
  }
  return found;
}

function wideBoxes() {
  const elements = [...document.querySelectorAll(`:is(.stage, .card, .approval) *, ${BOXES}`)];
  return elements
    .filter((element) => element.checkVisibility() && !element.closest(".unseen, .icon, wbr"))
    .filter((element) => {
      const box = element.parentElement.closest(BOXES);
      return box && !fits(element.getBoundingClientRect(), box.getBoundingClientRect());
    })
    .map((element) => `${describe(element)} leaves its box`);
}

function wideWindow() {
  const { scrollWidth } = document.documentElement;
  return scrollWidth > window.innerWidth ? [`the page is ${scrollWidth} pixels wide`] : [];
}

function contentOf(box) {
  const { left, right } = box.getBoundingClientRect();
  const style = getComputedStyle(box);
  return { left: left + parseFloat(style.paddingLeft), right: right - parseFloat(style.paddingRight) };
}

/** With half a pixel, because letters are placed between pixels. */
function fits(inner, outer) {
  return inner.left >= outer.left - 0.5 && inner.right <= outer.right + 0.5;
}

function describe(element) {
  return `${element.className || element.tagName} ${element.dataset.key ?? ""}`.trim();
}
