import { eventually } from "./support/eventually";

describe("eventually", () => {
  it("returns the first truthy result", async () => {
    const results = [undefined, false, "", 0, null, "found"];
    expect(await eventually("something is found", () => results.shift())).toBe("found");
    expect(results).toEqual([]);
  });

  it("waits for a promise", async () => {
    expect(await eventually("the promise resolves", () => Promise.resolve(7))).toBe(7);
  });

  it("says what it waited for in vain", async () => {
    const never = eventually("pigs fly", () => false, 0);
    await expect(never).rejects.toThrow("Not within 0 seconds: pigs fly");
  });

  it("gives up at once when the check throws", async () => {
    const broken = () => {
      throw new Error("the session is broken");
    };
    await expect(eventually("it works", broken)).rejects.toThrow("the session is broken");
  });
});
