/**
 * Characters that show nothing, or change how others are shown: control characters, line and paragraph separators,
 * formatting (zero width, bidirectional), lone surrogates, private and unassigned code points, and the fillers and
 * variation selectors that Unicode counts among letters and marks.
 * https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
 */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/gu;

/** A text in one line, with `\u202e` and the like in the place of what cannot be seen. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (character) => {
    const code = character.codePointAt(0)!.toString(16);
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
  });
}
