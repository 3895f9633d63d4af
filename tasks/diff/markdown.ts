import { cut } from "../../stacks/visible-text";
import { countsText, isDestructive } from "./counts";
import { driftBlocks, outputLine, resourceLines, stackLines } from "./lines";
import { failedStacks, plannedStacks, type DiffReport } from "./report";
import { warningsOf } from "./warnings";

/** Characters of a comment on GitHub: https://github.com/telia-oss/github-pr-resource/issues/259 */
export const COMMENT_LIMIT = 65_536;

/** Characters of the lines that a reviewer must not miss, if there are very many. */
const WARNINGS_LIMIT = 16_000;

/** Characters of a line. */
const LINE_LIMIT = 1000;

/** Lines that stay together: a resource and its attributes. */
type Block = readonly string[];

interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

/**
 * Returns a report as the comment of a pull request: what a reviewer must not miss, one line for each stack, and the
 * resources folded. All that comes from a plan is in a fenced block, in which GitHub sees neither HTML nor mentions.
 *
 * @param log the address of the full plan
 * @param limit the characters that the comment has at most; resources that do not fit are left out
 */
export function reportMarkdown(report: DiffReport, log?: string, limit = COMMENT_LIMIT): string {
  const more = log === undefined ? "the full plan" : `[the full plan](${log})`;
  const warnings = warningsOf(report).map((line) => [line]);
  const head = [
    `### ${title(report)}`,
    ...(warnings.length > 0 ? ["**Read first**", fenced(warnings, WARNINGS_LIMIT)] : []),
    fenced(
      stackLines(report).map((line) => [line]),
      Infinity,
    ),
  ];
  const foot = `Every attribute is in ${more}.`;
  const parts = foldedParts(sectionsOf(report), limit - [...head, foot].join("\n\n").length);
  return [...head, ...parts, foot].join("\n\n");
}

/** Returns sections that have so many characters in total. Small ones come whole, the others share what remains. */
function foldedParts(sections: readonly Section[], limit: number): string[] {
  const whole = new Map(sections.map((section) => [section, folded(section, Infinity)]));
  const size = (section: Section) => whole.get(section)!.length + 2;
  let left = limit;
  [...sections]
    .sort((one, other) => size(one) - size(other))
    .forEach((section, index) => {
      const share = Math.floor(left / (sections.length - index));
      if (size(section) > share) whole.set(section, folded(section, share - 2));
      left -= size(section);
    });
  return [...whole.values()];
}

/** Returns the title, with a sign that does not need to be read when something is destroyed. */
function title(report: DiffReport): string {
  const sign = failedStacks(report).length > 0 ? "❌ " : isDestructive(report) ? "🛑 " : "";
  return `${sign}Plan: ${countsText(report)}`;
}

function sectionsOf(report: DiffReport): Section[] {
  const stacks = plannedStacks(report);
  return [
    ...stacks.map(({ stack, resources, outputs }) => ({
      title: `${stack}: ${resources.length} ${resources.length === 1 ? "resource" : "resources"}`,
      blocks: [...resources.map((one) => resourceLines(one)), ...outputs.map((name) => [outputLine(name)])],
    })),
    { title: "Changed outside of Terraform (drift)", blocks: stacks.flatMap((one) => driftBlocks(one)) },
  ].filter(({ blocks }) => blocks.length > 0);
}

function folded({ title: summary, blocks }: Section, limit: number): string {
  const [before, after] = [`<details><summary>${summary}</summary>\n\n`, "\n\n</details>"];
  return `${before}${fenced(blocks, limit - before.length - after.length)}${after}`;
}

/** Returns as many blocks as fit in a fenced block, and the number of the others. */
function fenced(blocks: readonly Block[], limit: number): string {
  const texts = blocks.map((block) => block.map((line) => cut(line, LINE_LIMIT)).join("\n"));
  const fence = fenceFor(texts);
  const rest = (count: number) => (count > 0 ? [`… and ${count} more in the full plan`] : []);
  let left = limit - 2 * fence.length - "text\n\n".length - rest(texts.length).join("").length - 1;
  let shown = 0;
  while (shown < texts.length && texts[shown]!.length + 1 <= left) left -= texts[shown++]!.length + 1;
  return [`${fence}text`, ...texts.slice(0, shown), ...rest(texts.length - shown), fence].join("\n");
}

/** Returns a fence that no text closes: https://spec.commonmark.org/0.31.2/#fenced-code-blocks */
function fenceFor(texts: readonly string[]): string {
  const longest = texts
    .flatMap((text) => text.match(/`+/g) ?? [])
    .reduce((length, run) => Math.max(length, run.length), 2);
  return "`".repeat(longest + 1);
}
