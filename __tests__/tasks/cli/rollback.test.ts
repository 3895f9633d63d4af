import type { Live, Release } from "../../../tasks/releases/releases";
import { choose, describe as listed, moved } from "../../../tasks/cli/rollback";

const release = (commit: string, api: string): Release => ({
  commit,
  at: "2026-01-02T03:04:05.000+0000",
  versions: { api, "record-object": "2" },
});
const releases = [
  release("abc222", "4"),
  release("abc111", "3"),
  release("abc111", "2"),
  release("def", "1"),
];
const live: Live = {
  api: { name: "hw-prod-api", version: "4", revision: "r" },
  "record-object": { name: "hw-prod-record-object", version: "2", revision: "r" },
};

describe("the commit for a rollback", () => {
  it("is found by its prefix, with the newest of its versions", () => {
    expect(choose(releases, "abc1")).toBe(releases[1]);
    expect(choose(releases, "def")).toBe(releases[3]);
  });

  it.each([
    ["abc", "More than one commit begins with abc"],
    ["fff", "No version in production is of commit fff"],
  ])("is refused if it is ambiguous: %s", (wanted, message) => {
    expect(() => choose(releases, wanted)).toThrow(message);
  });
});

it("every commit is listed with its time and versions, and the live one is marked", () => {
  const [, first, ...others] = listed(releases, live).split("\n");
  expect(first).toMatch(/abc222 +2026-01-02T03:04Z {2}api 4, record-object 2 {2}\(live\)/);
  expect(others).toHaveLength(3);
  expect(others.join()).not.toContain("live");
});

it.each([
  ["4", "abc222", /the last one that was deployed\. There is nothing to revert\.$/],
  ["3", "abc111", /Later commits were deployed too/],
  ["1", "def", /Revert what was wrong, and push\.$/],
])("the message names what to do after a move to version %s", (api, commit, expected) => {
  const was = { ...live, api: { ...live.api, version: "2" } };
  expect(moved(releases, was, release(commit, api))).toMatch(expected);
});
