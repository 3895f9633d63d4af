import { S3Client } from "@aws-sdk/client-s3";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keepDefinition } from "../../../tasks/build/keep-definition";
import { keepStack } from "../../../tasks/build/keep-stack";
import { storePrograms } from "../../../tasks/build/store-programs";
import { stackFolder } from "../../../tasks/terraform/synth-output";
import { settingsWith } from "../../support/settings";
import { pinned, pipelineStack, synthesized } from "../../support/synth";
import { awsOfThisProcess, type AwsStandIn } from "../aws-stand-in";

const settings = settingsWith();
const bucket = settings.pipeline_state_bucket_name;
const contents = "what privileged steps run";
const digest = createHash("sha256").update(contents).digest("hex");

let aws: AwsStandIn;
let s3: S3Client;
let root: string;
let zip: string;

beforeEach(async () => {
  aws = await awsOfThisProcess();
  s3 = new S3Client({ forcePathStyle: true });
  root = mkdtempSync(join(tmpdir(), "programs-"));
  zip = join(root, "programs.zip");
  writeFileSync(zip, contents);
});
afterEach(() => {
  s3.destroy();
  aws.stop();
  rmSync(root, { recursive: true, force: true });
});

/** The pipeline stack of a commit that pins programs by this digest. */
function pin(programs: string): void {
  mkdirSync(stackFolder("pipeline", root), { recursive: true });
  const stack = JSON.stringify(synthesized(pipelineStack())).replaceAll(pinned.programs, programs);
  writeFileSync(join(stackFolder("pipeline", root), "cdk.tf.json"), stack);
}

const calls = () => aws.calls.map(({ operation, input }) => `${operation} ${String(input.path)}`);

it("programs are stored under the digest that the pipeline pins", async () => {
  pin(digest);
  aws.answer = ({ operation }) => ({
    status: operation === "HEAD" ? 404 : 200,
  });
  await storePrograms(s3, settings, zip, root);
  expect(calls()).toEqual([
    `HEAD /${bucket}/hw/programs/${digest}.zip`,
    `PUT /${bucket}/hw/programs/${digest}.zip?x-id=PutObject`,
  ]);
});

it("programs that are there already are not stored again", async () => {
  pin(digest);
  await storePrograms(s3, settings, zip, root);
  expect(calls()).toEqual([`HEAD /${bucket}/hw/programs/${digest}.zip`]);
});

it("programs that the pipeline does not pin are refused before anything is stored", async () => {
  pin("0".repeat(64));
  await expect(storePrograms(s3, settings, zip, root)).rejects.toThrow(
    /is s3:.*, and the pipeline stack pins s3:.*\/0{64}\.zip\. Nothing was changed\./,
  );
  expect(aws.calls).toEqual([]);
});

it("programs are refused if one project of the pipeline pins others, and stored if none pins any", async () => {
  const project = (...environment_variable: object[]) => ({
    environment: { environment_variable },
  });
  const own = {
    name: "PROGRAMS",
    value: `s3://${bucket}/hw/programs/${digest}.zip`,
  };
  const write = (projects: Record<string, object>, more = {}) =>
    writeFileSync(
      join(stackFolder("pipeline", root), "cdk.tf.json"),
      JSON.stringify({
        resource: { aws_codebuild_project: projects, ...more },
      }),
    );
  pin(digest);
  write({
    a: project({ name: "CI", value: "1" }, own),
    b: project({ ...own, value: "s3://other" }),
  });
  await expect(storePrograms(s3, settings, zip, root)).rejects.toThrow(
    `the pipeline stack pins ${own.value}, s3://other. Nothing was changed.`,
  );
  expect(aws.calls).toEqual([]);
  write(
    { a: project({ name: "CI", value: "1" }), b: {}, c: { environment: {} } },
    { aws_other: { d: project({ ...own, value: "s3://other" }) } },
  );
  await storePrograms(s3, settings, zip, root);
  expect(calls()).toHaveLength(1);
});

it("a bucket that does not answer is an error", async () => {
  pin(digest);
  aws.answer = () => ({ status: 403 });
  await expect(storePrograms(s3, settings, zip, root)).rejects.toThrow();
  expect(calls()).toHaveLength(1);
});

it("the deployed definition is stored beside the states", async () => {
  pin(digest);
  await keepDefinition(s3, settings, root);
  expect(calls()).toEqual([`PUT /${bucket}/hw/pipeline.definition.json?x-id=PutObject`]);
});

it("production's stack is stored among the records of deployments, as it was deployed", async () => {
  mkdirSync(stackFolder("service-prod", root), { recursive: true });
  writeFileSync(join(stackFolder("service-prod", root), "cdk.tf.json"), "{}");
  await keepStack(s3, settings, "service-prod", root);
  expect(calls()).toEqual([`PUT /${bucket}/hw/deployments/service-prod.tf.json?x-id=PutObject`]);
});
