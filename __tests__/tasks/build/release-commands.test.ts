import {
  GetAliasCommand,
  InvokeCommand,
  LambdaClient,
  UpdateAliasCommand,
  type GetAliasCommandOutput,
} from "@aws-sdk/client-lambda";
import { definitionOf } from "../../../stacks/functions";
import { canRelease, prepareRelease, releaseCommands } from "../../../tasks/build/prepare-releases";

const name = "hw-prod-api";

/** Prepares version 7 of the API, whose alias is as given, and returns what was asked of Lambda. */
async function prepared(alias: Partial<GetAliasCommandOutput>, isReleasing = false, statusCode = 200) {
  const asked: object[] = [];
  const lambda = new LambdaClient({
    region: "eu-west-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
  });
  lambda.send = ((command: GetAliasCommand | UpdateAliasCommand | InvokeCommand) => {
    if (command instanceof GetAliasCommand) {
      expect(command.input).toEqual({ FunctionName: name, Name: "live" });
      return Promise.resolve({ RevisionId: "revision", ...alias });
    }
    if (command instanceof InvokeCommand) {
      const { FunctionName, Qualifier } = command.input;
      asked.push({ FunctionName, Qualifier });
      return Promise.resolve({ Payload: Buffer.from(JSON.stringify({ statusCode })) });
    }
    asked.push(command.input);
    return Promise.resolve({});
  }) as typeof lambda.send;
  const release = prepareRelease(lambda, name, "7", definitionOf("api").trigger, () =>
    Promise.resolve(isReleasing),
  );
  return { release: await release.catch((error: Error) => error.message), asked };
}

const needed = { release: "needed", previous: "6" };
const tested = { FunctionName: name, Qualifier: "7" };
const movedBack = {
  FunctionName: name,
  Name: "live",
  RoutingConfig: { AdditionalVersionWeights: {} },
  RevisionId: "revision",
};
const split = { FunctionVersion: "6", RoutingConfig: { AdditionalVersionWeights: { "7": 0.1 } } };

describe("a version", () => {
  beforeEach(() => jest.spyOn(console, "error").mockImplementation());
  afterEach(() => jest.restoreAllMocks());

  it("that is live is neither tested nor released", async () => {
    expect(await prepared({ FunctionVersion: "7" })).toEqual({
      release: { release: "none", previous: "7" },
      asked: [],
    });
  });

  it("that is not live is tested, and then has to be released", async () => {
    for (const RoutingConfig of [undefined, {}])
      expect(await prepared({ FunctionVersion: "6", RoutingConfig })).toEqual({
        release: needed,
        asked: [tested],
      });
  });

  it("that fails its test is not released", async () => {
    const { release, asked } = await prepared({ FunctionVersion: "6" }, false, 500);
    expect(release).toMatch(/^Version 7 of hw-prod-api gets no traffic: .* it answers 500/);
    expect(asked).toEqual([tested]);
  });

  it("of an interrupted rollout gives its traffic back before it is tested", async () => {
    expect(await prepared(split)).toEqual({ release: needed, asked: [movedBack, tested] });
    expect(jest.mocked(console.error)).toHaveBeenCalledWith(
      "A rollout was interrupted: all traffic of hw-prod-api goes to version 6 again.",
    );
  });

  it("of a rollout in progress keeps its traffic", async () => {
    expect(await prepared(split, true)).toEqual({ release: needed, asked: [tested] });
  });
});

describe("the commands that export the versions", () => {
  const commands = (outputs: Record<string, { value: unknown }>) => {
    const prepare = jest.fn((_: string, version: string) =>
      Promise.resolve(
        version === "7"
          ? ({ release: "needed", previous: "6" } as const)
          : ({ release: "none", previous: version } as const),
      ),
    );
    const printed = releaseCommands(outputs, (of) => `hw-prod-${of}`, prepare);
    return { printed, prepare };
  };

  it("name each function's version, whether it is released, and the version before", async () => {
    const { printed, prepare } = commands({
      api_version: { value: "7" },
      record_object_version: { value: "13" },
    });
    expect(await printed).toEqual([
      "export API_VERSION=7 API_RELEASE=needed API_PREVIOUS=6",
      "export RECORD_OBJECT_VERSION=13 RECORD_OBJECT_RELEASE=none RECORD_OBJECT_PREVIOUS=13",
    ]);
    expect(prepare.mock.calls).toEqual([
      ["hw-prod-api", "7", definitionOf("api").trigger],
      ["hw-prod-record-object", "13", definitionOf("record-object").trigger],
    ]);
  });

  it("release nothing of a function that the commit removes", async () => {
    expect(await commands({ api_version: { value: "7" } }).printed).toContain(
      "export RECORD_OBJECT_VERSION=none RECORD_OBJECT_RELEASE=none RECORD_OBJECT_PREVIOUS=none",
    );
  });

  // A shell runs the commands.
  it.each(["7; id", "$(id)", "7 X=1", "", "latest", "7\n", 7, null, ["7"]])(
    "are not printed for an output that is not a version: %j",
    async (value) => {
      const { printed, prepare } = commands({ api_version: { value } });
      await expect(printed).rejects.toThrow(
        `The output api_version is not a version: ${JSON.stringify(value)}.`,
      );
      expect(prepare).not.toHaveBeenCalled();
    },
  );
});

it.each([
  [undefined, false],
  ["", false],
  ["0", false],
  ["1", true],
  ["10", true],
  ["x", false],
])("a pipeline of bootstrap level %j is allowed to log a release: %s", (level, expected) => {
  expect(canRelease(level)).toBe(expected);
});
