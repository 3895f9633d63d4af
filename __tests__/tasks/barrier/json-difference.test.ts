import { differences } from "../../../tasks/barrier/json-difference";

describe("differences", () => {
  it("finds none between equal values", () => {
    expect(differences({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toEqual([]);
  });

  it("finds the deepest difference", () => {
    expect(differences({ a: { b: [1, 2], c: 3 } }, { a: { b: [1, 4, 5] } })).toEqual([
      { path: ["a", "b", "1"], before: 2, after: 4 },
      { path: ["a", "b", "2"], before: undefined, after: 5 },
      { path: ["a", "c"], before: 3, after: undefined },
    ]);
  });

  it("compares entries that have names by their names", () => {
    const [one, two] = [
      { name: "one", x: 1 },
      { name: "two", x: 2 },
    ];
    expect(differences([one, two], [{ name: "new" }, one, { ...two, x: 3 }])).toEqual([
      { path: ["two", "x"], before: 2, after: 3 },
      { path: ["new"], before: undefined, after: { name: "new" } },
    ]);
  });

  it("finds another order of entries that have names", () => {
    const [one, two] = [{ name: "one" }, { name: "two" }];
    expect(differences([one, two], [two, one])).toEqual([
      { path: [], before: [one, two], after: [two, one] },
    ]);
  });

  it("loses no entry where two have the same name", () => {
    const [one, other] = [
      { name: "one", x: 1 },
      { name: "one", x: 2 },
    ];
    expect(differences([one, other], [other, other])).toEqual([{ path: ["0", "x"], before: 1, after: 2 }]);
  });

  it("compares JSON in strings as documents", () => {
    expect(differences('{"Statement":[{"Effect":"Allow"}]}', '{"Statement":[{"Effect":"Deny"}]}')).toEqual([
      { path: ["Statement", "0", "Effect"], before: "Allow", after: "Deny" },
    ]);
    expect(differences('{"a":1}', '{ "a": 1 }')).toEqual([
      { path: [], before: '{"a":1}', after: '{ "a": 1 }' },
    ]);
    expect(differences("[no document", "[another")).toHaveLength(1);
    expect(differences("1", "2")).toEqual([{ path: [], before: "1", after: "2" }]);
  });

  it("parses a document only at the start of a string", () => {
    for (const [one, other] of [
      [' {"a":1}', ' {"a":2}'],
      ['x{"a":1}', 'x{"a":2}'],
      [JSON.stringify('{"a":1}'), JSON.stringify('{"a":2}')],
    ] as const)
      expect(differences(one, other)).toEqual([{ path: [], before: one, after: other }]);
  });

  it("compares by index if an entry has no name", () => {
    expect(differences([{ name: "a", x: 1 }, "b"], [{ name: "a", x: 2 }, "b"])).toEqual([
      { path: ["0", "x"], before: 1, after: 2 },
    ]);
  });

  it("distinguishes values of different types", () => {
    expect(differences({ a: {} }, { a: "x" })).toEqual([{ path: ["a"], before: {}, after: "x" }]);
    expect(differences(undefined, { a: 1 })).toEqual([{ path: [], before: undefined, after: { a: 1 } }]);
  });
});
