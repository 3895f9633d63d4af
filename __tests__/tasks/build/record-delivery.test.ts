import { deliveredVersion } from "../../../tasks/build/record-delivery";

describe("the version of the API that was delivered", () => {
  it("is in the outputs of Terraform and in those of cdktf", () => {
    expect(deliveredVersion({ api_version: { sensitive: false, value: "7" } }, "prod")).toBe("7");
    expect(deliveredVersion({ "service-dev": { api_version: "31" } }, "dev")).toBe("31");
  });

  it.each([
    [{}, undefined],
    [{ api_version: { value: "" } }, ""],
    [{ api_version: { value: 7 } }, 7],
    [{ api_version: { value: "$7" } }, "$7"],
    [{ api_version: { value: "7x" } }, "7x"],
    [{ "service-prod": { api_version: "3" } }, undefined],
  ])("is an error that shows what is in %j instead", (outputs, shown) => {
    expect(() => deliveredVersion(outputs, "dev")).toThrow(
      new Error(`The output api_version is not a version: ${JSON.stringify(shown)}.`),
    );
  });
});
