import { withExports } from "../../../stacks/pipeline/buildspec";

const LIST = "env:\n  exported-variables:\n    - DIGEST\nphases: {}\n";

describe("a buildspec with more exported variables", () => {
  it("lists them before its own", () => {
    expect(withExports(LIST, ["API_VERSION", "API_RELEASE"])).toBe(
      "env:\n  exported-variables:\n    - API_VERSION\n    - API_RELEASE\n    - DIGEST\nphases: {}\n",
    );
  });

  it("stays as it is where there are none, also without a list", () => {
    expect(withExports(LIST, [])).toBe(LIST);
    expect(withExports("phases: {}", [])).toBe("phases: {}");
  });

  it("is refused without a list", () => {
    expect(() => withExports("phases: {}\n", ["A", "B"])).toThrow(
      "The buildspec must have one list exported-variables, to which A, B are added.",
    );
  });
});
