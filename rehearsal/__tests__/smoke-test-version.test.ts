import {
  CreateAliasCommand,
  CreateFunctionCommand,
  GetAliasCommand,
  LambdaClient,
  PublishVersionCommand,
} from "@aws-sdk/client-lambda";
import { mayRelease, prepareRelease, tryVersion, type Kind } from "../../tasks/build/smoke-test-version";
import { createRole, functionZip, testEmulator, type TestEmulator } from "./ministack/fixture";

let emulator: TestEmulator;
let lambda: LambdaClient;
let Role: string;

beforeAll(async () => {
  emulator = await testEmulator();
  lambda = new LambdaClient(emulator.client());
  Role = await createRole(emulator, "function", [], { Service: "lambda.amazonaws.com" });
}, 120_000);
afterAll(() => emulator.remove());

const never = () => Promise.resolve(false);

/** A function with one version. @returns its name */
async function published(code: string): Promise<string> {
  const FunctionName = `f-${Math.random().toString(36).slice(2)}`;
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role,
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Timeout: 2,
      Code: { ZipFile: await functionZip(code) },
      Publish: true,
    }),
  );
  return FunctionName;
}

const health = `exports.handler = async ({ rawPath, requestContext }) => ({
  statusCode: rawPath === "/health" && requestContext.http.method === "GET" ? 200 : 404,
});`;

const recorder = `exports.handler = async ({ Records }) => {
  if (!Records[0].s3.object.key.startsWith("documents/")) throw new Error("It is no document.");
};`;

it.each<[Kind, string]>([
  ["request", health],
  ["event", recorder],
])("a version that does well is found to (%s)", async (kind, code) => {
  const name = await published(code);
  await expect(tryVersion(lambda, name, "1", kind)).resolves.toBeUndefined();
});

it.each<[string, Kind, string, RegExp]>([
  [
    "throws on start",
    "request",
    'throw new Error("No setting.");',
    /GET \/health, it fails with .*No setting/,
  ],
  ["throws", "request", 'exports.handler = async () => { throw new Error("Oh."); };', /it fails with .*Oh\./],
  ["takes too long", "request", "exports.handler = () => new Promise(() => {});", /timed out after 2/],
  [
    "answers 500",
    "request",
    'exports.handler = async () => ({ statusCode: 500, body: btoa("internal_error"), isBase64Encoded: true });',
    /it answers 500: internal_error/,
  ],
  ["answers nothing", "request", "exports.handler = async () => {};", /it answers undefined/],
  [
    "throws on start",
    "event",
    'throw new Error("No setting.");',
    /not there any more, it fails .*No setting/,
  ],
  ["throws", "event", 'exports.handler = async () => { throw new Error("Oh."); };', /it fails with .*Oh\./],
])("a version that %s gets no traffic (%s)", async (_, kind, code, message) => {
  const name = await published(code);
  const trial = tryVersion(lambda, name, "1", kind);
  await expect(trial).rejects.toThrow(`Version 1 of ${name} gets no traffic`);
  await expect(trial).rejects.toThrow(message);
});

it("the version that is live is not tried again, and no traffic has to be moved to it", async () => {
  const name = await published('exports.handler = async () => { throw new Error("Oh."); };');
  await lambda.send(new CreateAliasCommand({ FunctionName: name, Name: "live", FunctionVersion: "1" }));
  expect(await prepareRelease(lambda, name, "1", "request", never)).toBe("none");
});

it("traffic has to be moved to another one that does well", async () => {
  const name = await published(health);
  await lambda.send(new CreateAliasCommand({ FunctionName: name, Name: "live", FunctionVersion: "$LATEST" }));
  await lambda.send(new PublishVersionCommand({ FunctionName: name }));
  expect(await prepareRelease(lambda, name, "1", "request", never)).toBe("needed");
});

it.each<[string, boolean, object | undefined]>([
  ["was broken off gets back its main one", false, undefined],
  ["is under way is left alone", true, { AdditionalVersionWeights: { "1": 0.1 } }],
])("an alias with two versions because a rollout %s", async (_, isReleasing, expected) => {
  const name = await published(health);
  const alias = { FunctionName: name, Name: "live" };
  const RoutingConfig = { AdditionalVersionWeights: { "1": 0.1 } };
  await lambda.send(new CreateAliasCommand({ ...alias, FunctionVersion: "$LATEST", RoutingConfig }));
  await prepareRelease(lambda, name, "1", "request", () => Promise.resolve(isReleasing));
  const after = await lambda.send(new GetAliasCommand(alias));
  expect(after.FunctionVersion).toBe("$LATEST");
  expect(after.RoutingConfig).toEqual(expected);
});

it.each([
  [undefined, false],
  ["0", false],
  ["1", true],
  ["2", true],
])("a pipeline of bootstrap level %s is allowed to release: %s", (level, expected) => {
  expect(mayRelease(level)).toBe(expected);
});
