import {
  CreateAliasCommand,
  CreateFunctionCommand,
  GetAliasCommand,
  LambdaClient,
  PublishVersionCommand,
} from "@aws-sdk/client-lambda";
import type { HttpTrigger, ObjectTrigger } from "../../stacks/functions";
import { canRelease, prepareRelease } from "../../tasks/build/prepare-releases";
import { smokeTest } from "../../tasks/releases/smoke-test";
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

const request: HttpTrigger = {
  kind: "http",
  route: "$default",
  smokeTest: { method: "GET", path: "/health" },
};
const event: ObjectTrigger = { kind: "objects", prefix: "documents/" };

const health = `exports.handler = async ({ rawPath, requestContext }) => ({
  statusCode: rawPath === "/health" && requestContext.http.method === "GET" ? 200 : 404,
});`;

const recorder = `exports.handler = async ({ Records }) => {
  if (!Records[0].s3.object.key.startsWith("documents/")) throw new Error("It is no document.");
};`;

it.each([
  [request, health],
  [event, recorder],
])("a healthy version passes its smoke test (%p)", async (trigger, code) => {
  const name = await published(code);
  await expect(smokeTest(lambda, name, "1", trigger)).resolves.toBeUndefined();
});

it.each<[string, HttpTrigger | ObjectTrigger, string, RegExp]>([
  ["throws on start", request, 'throw new Error("No setting.");', /GET \/health, it fails with .*No setting/],
  ["throws", request, 'exports.handler = async () => { throw new Error("Oh."); };', /it fails with .*Oh\./],
  ["takes too long", request, "exports.handler = () => new Promise(() => {});", /timed out after 2/],
  [
    "answers 500",
    request,
    'exports.handler = async () => ({ statusCode: 500, body: btoa("internal_error"), isBase64Encoded: true });',
    /it answers 500: internal_error/,
  ],
  ["answers nothing", request, "exports.handler = async () => {};", /it answers undefined/],
  ["throws on start", event, 'throw new Error("No setting.");', /not exist any more, it fails .*No setting/],
  ["throws", event, 'exports.handler = async () => { throw new Error("Oh."); };', /it fails with .*Oh\./],
])("a version that %s gets no traffic (%p)", async (_, trigger, code, message) => {
  const name = await published(code);
  const test = smokeTest(lambda, name, "1", trigger);
  await expect(test).rejects.toThrow(`Version 1 of ${name} gets no traffic`);
  await expect(test).rejects.toThrow(message);
});

it("the live version is neither tested again nor released", async () => {
  const name = await published('exports.handler = async () => { throw new Error("Oh."); };');
  await lambda.send(new CreateAliasCommand({ FunctionName: name, Name: "live", FunctionVersion: "1" }));
  expect(await prepareRelease(lambda, name, "1", request, never)).toEqual({ release: "none", previous: "1" });
});

it("another version that is healthy has to be released", async () => {
  const name = await published(health);
  await lambda.send(new CreateAliasCommand({ FunctionName: name, Name: "live", FunctionVersion: "$LATEST" }));
  await lambda.send(new PublishVersionCommand({ FunctionName: name }));
  expect(await prepareRelease(lambda, name, "1", request, never)).toEqual({
    release: "needed",
    previous: "$LATEST",
  });
});

it.each<[string, boolean, object | undefined]>([
  ["was interrupted gets back its main one", false, undefined],
  ["is in progress is left alone", true, { AdditionalVersionWeights: { "1": 0.1 } }],
])("an alias with two versions because a rollout %s", async (_, isReleasing, expected) => {
  const name = await published(health);
  const alias = { FunctionName: name, Name: "live" };
  const RoutingConfig = { AdditionalVersionWeights: { "1": 0.1 } };
  await lambda.send(new CreateAliasCommand({ ...alias, FunctionVersion: "$LATEST", RoutingConfig }));
  await prepareRelease(lambda, name, "1", request, () => Promise.resolve(isReleasing));
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
  expect(canRelease(level)).toBe(expected);
});
