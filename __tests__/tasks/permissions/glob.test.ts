import fc from "fast-check";
import { covers } from "../../../tasks/permissions/glob";

it.each([
  ["*", "anything"],
  ["*", ""],
  ["*", "*?*"],
  ["s3:Get*", "s3:GetObject"],
  ["s3:Get*", "s3:GetBucket*"],
  ["arn:aws:s3:::x/*", "arn:aws:s3:::x/documents/*"],
  ["a?c", "abc"],
  ["a*c", "ac"],
  ["a*c", "a*b*c"],
  ["*a", "*ba"],
  ["", ""],
])("%p covers %p", (wide, narrow) => expect(covers(wide, narrow)).toBe(true));

it.each([
  ["s3:GetObject", "s3:Get*"],
  ["s3:GetObject", "s3:GetObjectVersion"],
  ["s3:Get*", "s3:*"],
  ["arn:aws:s3:::x/documents/*", "arn:aws:s3:::x/*"],
  ["a?c", "a*c"],
  ["a?c", "ac"],
  ["?", ""],
  ["", "*"],
  ["a", ""],
  ["ab", "abab"],
])("%p does not cover %p", (wide, narrow) => expect(covers(wide, narrow)).toBe(false));

const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
const text = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 8 });
const matches = (glob: string, text: string) =>
  new RegExp(`^${glob.replaceAll("?", ".").replaceAll("*", ".*")}$`, "s").test(text);

/** A pattern, a wider or another one, and a text that the first matches. */
const related = fc
  .tuple(pattern, pattern, fc.nat(8), fc.nat(8), text)
  .map(([narrow, other, from, to, filling]) => ({
    narrow,
    wide: from < to ? `${narrow.slice(0, from)}*${narrow.slice(to)}` : other,
    text: narrow.replaceAll("*", filling).replaceAll("?", "c"),
  }));

it("what a covered pattern matches, the covering one matches", () => {
  let compared = 0;
  fc.assert(
    fc.property(related, ({ wide, narrow, text }) => {
      if (!covers(wide, narrow)) return;
      compared++;
      expect(matches(wide, text)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
  expect(compared).toBeGreaterThan(200);
});

it("a pattern without wildcards is covered exactly by what matches it", () => {
  fc.assert(
    fc.property(pattern, text, (wide, text) => expect(covers(wide, text)).toBe(matches(wide, text))),
    { numRuns: 1_000 },
  );
});

it("every pattern covers itself and is covered by *", () => {
  fc.assert(
    fc.property(pattern, (glob) => {
      expect(covers(glob, glob)).toBe(true);
      expect(covers("*", glob)).toBe(true);
    }),
  );
});
