import { readInput } from "../../../src/aws/model/read-input";
import { serviceModel } from "../../../src/aws/model/service-model";

const read = (operation: string, body: object) => readInput(serviceModel("codepipeline"), operation, body);

describe("an input", () => {
  it("is read without null or unknown members", () => {
    const body = { name: "delivery", version: null, unknown: { toString: 1 }, ["__proto__"]: { name: 1 } };
    expect(read("GetPipeline", body)).toEqual({ name: "delivery" });
  });

  it("keeps the keys of maps, whatever they are", () => {
    const configuration = JSON.parse('{"__proto__":"a","constructor":"b"}') as object;
    const actions = [{ name: "a", configuration }];
    const pipeline = { name: "delivery", stages: [{ name: "s", actions }] };
    const [entries] = (
      read("CreatePipeline", { pipeline }) as { pipeline: typeof pipeline }
    ).pipeline.stages.map(({ actions }) => Object.entries(actions[0]!.configuration));
    expect(entries).toEqual([
      ["__proto__", "a"],
      ["constructor", "b"],
    ]);
  });

  it("is empty for an operation without input", () => {
    const model = { ...serviceModel("codepipeline"), operations: { Ping: {} } };
    expect(readInput(model, "Ping", { any: 1 })).toEqual({});
  });

  it.each<[string, object, string]>([
    [
      "an object",
      { name: { toString: 1 } },
      "Start of structure or map found where not expected (at 'name')",
    ],
    ["a list", { name: ["a"] }, "Start of list found where not expected (at 'name')"],
    ["a number", { name: 1 }, "NUMBER_VALUE can not be converted to a String (at 'name')"],
    ["a boolean", { name: true }, "TRUE_VALUE can not be converted to a String (at 'name')"],
    ["a text", { name: "a", version: "1" }, "STRING_VALUE can not be converted to an Integer (at 'version')"],
    [
      "a fraction",
      { name: "a", version: 1.5 },
      "NUMBER_VALUE can not be converted to an Integer (at 'version')",
    ],
    [
      "a number out of range",
      { name: "a", version: 2 ** 31 },
      "NUMBER_VALUE can not be converted to an Integer (at 'version')",
    ],
  ])("is rejected with %s instead of its type", (_, body, message) => {
    expect(() => read("GetPipeline", body)).toThrow(
      expect.objectContaining({ code: "SerializationException", statusCode: 400, message }) as Error,
    );
  });
});
