import fc from "fast-check";
import {
  documentKey,
  documentName,
  MAX_NAME_BYTES,
  metadataKey,
  nameProblem,
} from "../../../lambda-src/shared/keys";
import { documentNames } from "../support/names";

it("a name is found again in the key of its document", () => {
  fc.assert(fc.property(documentNames, (name) => expect(documentName(documentKey(name))).toBe(name)));
});

it("the key of metadata is no document's", () => {
  fc.assert(fc.property(documentNames, (name) => expect(documentName(metadataKey(name))).toBeUndefined()));
});

it("the longest name fits into both keys, and not a byte is given away", () => {
  const longest = "é".repeat(MAX_NAME_BYTES / 2);
  expect(nameProblem(longest)).toBeUndefined();
  expect(Buffer.byteLength(documentKey(longest))).toBeLessThanOrEqual(1024);
  expect(Buffer.byteLength(metadataKey(longest))).toBe(1024);
  expect(nameProblem(`${longest}a`)).toContain("1010");
});

it.each(["", ".", "..", "a/b", "/", "a\nb", "\0", "\x7f", "\x85", "\uFFFF", "\uD800"])(
  "%j is no name",
  (name) => expect(nameProblem(name)).toMatch(/^(A document name|".+") cannot|can only/),
);

it.each(["...", ".hidden", " ", "a b", "a+b", "100%", "%2F", "日本語", "😀", "\\", "?", "#"])(
  "%j is a name",
  (name) => expect(nameProblem(name)).toBeUndefined(),
);
