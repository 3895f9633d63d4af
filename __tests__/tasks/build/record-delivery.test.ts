import { deliveredVersion } from "../../../tasks/build/record-delivery";

describe("the version of the API that was delivered", () => {
  it("is in the outputs of Terraform and in those of cdktf", () => {
    expect(deliveredVersion({ api_version: { sensitive: false, value: "7" } }, "prod")).toBe("7");
    expect(deliveredVersion({ "service-dev": { api_version: "3" } }, "dev")).toBe("3");
  });

  it.each([{}, { api_version: { value: "" } }, { "service-prod": { api_version: "3" } }])(
    "is an error if it is not in %j",
    (outputs) => {
      expect(() => deliveredVersion(outputs, "dev")).toThrow(/^The output api_version is not a version: /);
    },
  );
});
