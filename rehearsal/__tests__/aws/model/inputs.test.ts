import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { startAws, type AwsServer } from "../../../src/aws/server";
import { serviceModel, type ModelName } from "../../../src/aws/model/service-model";
import { buildOperations } from "../../../src/aws/codebuild/operations";
import { connectionOperations } from "../../../src/aws/connections/operations";
import { pipelineOperations } from "../../../src/aws/codepipeline/operations";
import { quotaOperations } from "../../../src/aws/service-quotas/service-quotas";
import { call, serve } from "../../../../__tests__/support/http";
import { Inputs } from "../support/inputs";
import { build, declared, UNUSED_AWS, ROOT, stage } from "../support/pipelines";

/** The operations that are answered here, by service and by the prefix of their targets. */
const services: readonly (readonly [ModelName, string, object])[] = [
  ["codepipeline", "CodePipeline_20150709", pipelineOperations({} as never)],
  ["codebuild", "CodeBuild_20161006", buildOperations({} as never)],
  [
    "codestar-connections",
    "CodeStar_connections_20191201",
    connectionOperations({} as never, "codestar-connections"),
  ],
  ["codeconnections", "CodeConnections_20231201", connectionOperations({} as never, "codeconnections")],
  ["servicequotas", "ServiceQuotasV20190624", quotaOperations({} as never, {})],
];
const operations = services.flatMap(([service, target, table]) =>
  Object.keys(table).map((operation) => [service, operation, `${target}.${operation}`] as const),
);

// More than a thousand requests each for the operations with the largest inputs.
jest.setTimeout(5 * 60_000);

let folder: string;
let aws: AwsServer;
let emulator: Awaited<ReturnType<typeof serve>>;

beforeAll(async () => {
  // Everybody is root, and there is nothing but what is answered here.
  emulator = await serve((request, response) => {
    response.statusCode = request.url === "/_rehearsal/authorization" ? 200 : 404;
    response.end(JSON.stringify({ caller: ROOT }));
  });
  const github = { gitUrl: () => "http://127.0.0.1:1/none.git" };
  folder = mkdtempSync(join(tmpdir(), "inputs-"));
  aws = await startAws({
    ...UNUSED_AWS,
    folder,
    emulator: emulator.url,
    github,
  });
  // What inputs come upon whose names are the first that come to mind.
  const pipeline = declared([stage("aa", build("aa"))], { name: "aa" });
  expect(await send("CodePipeline_20150709.CreatePipeline", { pipeline })).toMatchObject({ status: 200 });
});
afterAll(async () => {
  await aws.stop();
  emulator.server.close();
  emulator.server.closeAllConnections();
  rmSync(folder, { recursive: true });
});

async function send(target: string, input: unknown) {
  const answer = await call(
    aws.context.endpoint,
    { method: "POST", headers: { "X-Amz-Target": target } },
    typeof input === "string" ? input : JSON.stringify(input),
  );
  const { __type: code, message } = JSON.parse(answer.body) as { __type?: string; message?: string };
  return { status: answer.status, code, message };
}

describe.each(operations)("%s %s", (service, operation, target) => {
  const inputs = new Inputs(serviceModel(service));
  const codes = serviceModel(service).operations[operation]!.errors?.map(({ shape }) => shape) ?? [];
  const validation =
    ["ValidationException", "InvalidInputException", "IllegalArgumentException"].find((code) =>
      codes.includes(code),
    ) ?? "ValidationException";

  it("rejects every input that violates the model in one place", async () => {
    const refused = inputs.refused(operation);
    const wrong: string[] = [];
    for (const { reason, input, isType } of refused) {
      const { status, code, message = "" } = await send(target, input);
      const expected = isType ? "SerializationException" : validation;
      if (status === 400 && code === expected && message !== "") continue;
      wrong.push(`${reason}: ${status} ${code}: ${message}`);
    }
    expect(wrong).toEqual([]);
    expect(refused.length).toBeGreaterThan(0);
  });

  it("never fails on a valid input", async () => {
    await fc.assert(
      fc.asyncProperty(inputs.valid(operation), async (input) => {
        const { status, code } = await send(target, input);
        expect({ status, code }).not.toMatchObject({ status: 500 });
        expect(code).not.toBe("SerializationException");
      }),
      { numRuns: 30 },
    );
  });

  it("never fails on any other JSON", async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (body) => {
        const { status } = await send(target, body);
        expect(status).toBeLessThan(500);
      }),
      { numRuns: 20 },
    );
  });
});
