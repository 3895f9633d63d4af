import fc from "fast-check";

const SURROGATES = { first: 0xd800, count: 0x800 };
const LAST = 0x10ffff;

/**
 * Any code point of Unicode but the surrogates, as fast-check's own unit "binary", for which it takes half a second to
 * list them all.
 */
export const codePoint = fc.integer({ min: 0, max: LAST - SURROGATES.count }).map(
  (index) => String.fromCodePoint(index < SURROGATES.first ? index : index + SURROGATES.count),
  // By it, fast-check also finds the strings that it knows to be dangerous, such as __proto__.
  (text) => {
    const [one = "", ...others] = Array.from(String(text));
    const code = one.codePointAt(0);
    if (code === undefined || others.length > 0) throw new Error("not one code point");
    return code < SURROGATES.first ? code : code - SURROGATES.count;
  },
);
