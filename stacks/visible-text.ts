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

/**
 * A text in which nothing is a variable: `#{…}` to CodePipeline, `${…}` to a shell or Terraform. AWS does not say
 * whether what a variable stands for is looked through for variables again, so a space goes before the brace.
 * https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html
 */
export function inert(text: string): string {
  return text.replace(/([#$])(?=\{)/g, "$1 ");
}

/** A text of so many UTF-16 characters at most, cut between two characters as a reader sees them. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  let shown = "";
  for (const { segment } of new Intl.Segmenter("en").segment(text)) {
    if (shown.length + segment.length > most - 1) break;
    shown += segment;
  }
  return `${shown}…`;
}

/** The beginning of a text in quotes, for a message. */
export function excerpt(text: string): string {
  return visible(JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text));
}

/** A name as it is, if its characters are those of names; any other text in quotes, or it would read like a sentence. */
export function asName(text: string): string {
  return /^[\w.@/*-]{1,100}$/.test(text) ? text : excerpt(text);
}
