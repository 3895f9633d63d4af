import { stackProblems } from "../../../tasks/barrier/check-stack";
import { stacksWith, variants } from "./synthesized-stacks";

describe("stackProblems", () => {
  it.each(Object.entries(variants))("finds none in the stacks with %s", (_name, changes) => {
    for (const stack of stacksWith(changes)) expect(stackProblems(...stack)).toEqual([]);
  });
});
