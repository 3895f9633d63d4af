import {
  DeleteFunctionCommand,
  LambdaClient,
  ListVersionsByFunctionCommand,
  ResourceConflictException,
  type FunctionConfiguration,
} from "@aws-sdk/client-lambda";
import { namesOf } from "../../../stacks/names";
import { pruneVersions } from "../../../tasks/releases/prune";
import { settingsWith } from "../../support/settings";

/** A version of the API, and the version of the other function that was deployed with it. */
function apiVersion(Version: string, recordObject: string): FunctionConfiguration {
  const VERSIONS = JSON.stringify({ "record-object": recordObject });
  return { Version, Environment: { Variables: { COMMIT: `commit ${Version}`, VERSIONS } } };
}

const latest = { Version: "$LATEST", Environment: { Variables: { COMMIT: "c", VERSIONS: "{}" } } };

/** Four deployments: the second and the third have the same version of the other function. */
const published: Readonly<Record<string, FunctionConfiguration[]>> = {
  "hw-prod-api": [
    latest,
    ...["1", "2", "3", "10"].map((one, at) => apiVersion(one, ["4", "5", "5", "6"][at]!)),
  ],
  "hw-prod-record-object": [latest, ...["3", "4", "5", "6", "7"].map((Version) => ({ Version }))],
};

/**
 * Prunes what is published.
 *
 * @param refused what Lambda refuses to delete, as `function:version`
 * @returns what was deleted, in the same form, and what was asked for
 */
async function prune(
  kept: number,
  refused: Readonly<Record<string, Error>> = {},
  all: Readonly<Record<string, FunctionConfiguration[]>> = published,
): Promise<{ pruned: string[]; asked: string[] }> {
  const asked: string[] = [];
  const lambda = new LambdaClient({
    region: "eu-west-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
  });
  lambda.send = ((command: ListVersionsByFunctionCommand | DeleteFunctionCommand) => {
    const { FunctionName = "" } = command.input;
    if (command instanceof ListVersionsByFunctionCommand) {
      // Two pages.
      const { Marker } = command.input;
      const list = all[FunctionName] ?? [];
      return Promise.resolve(
        Marker === undefined
          ? { Versions: list.slice(0, 2), NextMarker: "more" }
          : { Versions: list.slice(2) },
      );
    }
    const version = `${FunctionName}:${command.input.Qualifier}`;
    asked.push(version);
    return refused[version] ? Promise.reject(refused[version]) : Promise.resolve({});
  }) as typeof lambda.send;
  const pruned = await pruneVersions(lambda, namesOf(settingsWith()), "prod", kept);
  return { pruned: pruned.map(({ functionName, version }) => `${functionName}:${version}`), asked };
}

describe("old versions of functions", () => {
  it("are deleted unless one of the last deployments has them, or they are newer", async () => {
    expect((await prune(2)).pruned).toEqual([
      "hw-prod-api:1",
      "hw-prod-api:2",
      "hw-prod-record-object:3",
      "hw-prod-record-object:4",
    ]);
  });

  it.each([
    [
      1,
      [
        "hw-prod-api:1",
        "hw-prod-api:2",
        "hw-prod-api:3",
        ...[3, 4, 5].map((n) => `hw-prod-record-object:${n}`),
      ],
    ],
    [3, ["hw-prod-api:1", "hw-prod-record-object:3", "hw-prod-record-object:4"]],
    [4, ["hw-prod-record-object:3"]],
    [100, ["hw-prod-record-object:3"]],
  ])("are those of more than the last %s deployments", async (kept, expected) => {
    expect((await prune(kept)).pruned).toEqual(expected);
  });

  it("are never $LATEST, which is the function itself", async () => {
    const { asked } = await prune(1);
    expect(asked.every((one) => /:\d+$/.test(one))).toBe(true);
  });

  it("stay where no version says what was deployed together", async () => {
    const unknown = {
      "hw-prod-api": [latest, { Version: "1" }, { Version: "2" }],
      "hw-prod-record-object": [latest, { Version: "1" }],
    };
    expect((await prune(1, {}, unknown)).asked).toEqual([]);
  });

  it("are compared as numbers", async () => {
    const versions = ["8", "9", "10", "11"];
    const all = {
      "hw-prod-api": [latest, ...versions.map((version) => apiVersion(version, version))],
      "hw-prod-record-object": [latest, ...versions.map((Version) => ({ Version }))],
    };
    expect((await prune(1, {}, all)).pruned).toEqual(
      ["hw-prod-api", "hw-prod-record-object"].flatMap((name) => [8, 9, 10].map((n) => `${name}:${n}`)),
    );
  });

  it("stay where an alias points to them, and the others are deleted", async () => {
    const conflict = new ResourceConflictException({ message: "referenced by an alias", $metadata: {} });
    const { pruned, asked } = await prune(2, { "hw-prod-api:1": conflict });
    expect(asked).toContain("hw-prod-api:1");
    expect(pruned).toEqual(["hw-prod-api:2", "hw-prod-record-object:3", "hw-prod-record-object:4"]);
  });

  it("are not deleted any further after an error", async () => {
    await expect(prune(2, { "hw-prod-api:1": new Error("not authorized") })).rejects.toThrow(
      "not authorized",
    );
  });
});
