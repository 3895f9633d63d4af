import fc from "fast-check";
import { codePoint } from "../support/code-point";
import { asName, cut, excerpt, inert, visible } from "../../stacks/visible-text";

describe("visible", () => {
  it.each([
    ["\u0000\n\u001b", String.raw`\u0000\u000a\u001b`],
    ["a\u00a0b\u2003c", String.raw`a\u00a0b\u2003c`],
    ["\u{e0041}\u{10ffff}", String.raw`\u{e0041}\u{10ffff}`],
    ["\uffff\u{10000}", String.raw`\uffff𐀀`],
    ["\ud800a", String.raw`\ud800a`],
    ["\u115f\ufe0f\u034f", String.raw`\u115f\ufe0f\u034f`],
    ["a b c", "a b c"],
  ])("shows %j as %s", (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it("escapes everything that cannot be seen, and changes nothing that can", () => {
    fc.assert(
      fc.property(fc.string({ unit: codePoint }), (text) => {
        expect(visible(text)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
        expect(visible(visible(text))).toBe(visible(text));
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => expect(visible(text)).toBe(text)));
  });
});

describe("inert", () => {
  it("breaks every variable, and changes nothing else", () => {
    expect(inert("#{a.b} ${c} ##{d} $${e}")).toBe("# {a.b} $ {c} ## {d} $$ {e}");
    expect(inert("# $ {} #a{ $a{ %{x}")).toBe("# $ {} #a{ $a{ %{x}");
  });
});

describe("cut", () => {
  it("returns a text that fits unchanged", () => {
    expect(cut("abc", 3)).toBe("abc");
    expect(cut("abcd", 3)).toBe("ab…");
    expect(cut("abcd", 1)).toBe("…");
    expect(cut("", 0)).toBe("");
  });

  it("does not split what a reader sees as one character", () => {
    const family = "👨‍👩‍👧";
    expect(cut(`a${family}bc`, 1 + family.length + 1)).toBe(`a${family}…`);
    expect(cut(`a${family}bc`, 1 + family.length)).toBe("a…");
  });

  it("keeps as much of the beginning as fits", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 2 }), fc.nat(20), (text, more) => {
        const most = 1 + (more % text.length);
        const shown = cut(text, most);
        expect(shown.length).toBeLessThanOrEqual(Math.max(most, 1));
        expect(text.length <= most ? shown : `${text.slice(0, shown.length - 1)}…`).toBe(shown);
        expect(shown).toHaveLength(Math.min(most, text.length));
      }),
    );
  });
});

describe("excerpt", () => {
  it("quotes a text and escapes what cannot be seen", () => {
    expect(excerpt('a "b"\u202e\n')).toBe(String.raw`"a \"b\"\u202e\n"`);
  });

  it("has at most 120 characters, and marks where it was cut", () => {
    expect(excerpt("x".repeat(120))).toBe(`"${"x".repeat(120)}"`);
    expect(excerpt("x".repeat(121))).toBe(`"${"x".repeat(120)}…"`);
  });
});

describe("asName", () => {
  it.each(["a", "A.b_c-1", "@user/x*", "x".repeat(100)])("returns the name %s unchanged", (name) => {
    expect(asName(name)).toBe(name);
  });

  it.each(["", "a b", "a: removed", "é", "a\n", "\na", "x".repeat(101), "a,b"])("quotes %j", (text) => {
    expect(asName(text)).toBe(excerpt(text));
    expect(asName(text)).toMatch(/^".*"$/);
  });
});
