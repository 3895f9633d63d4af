import { GetObjectCommand, HeadObjectCommand, NoSuchKey, NotFound, S3Client } from "@aws-sdk/client-s3";
import { namesOf } from "../../../stacks/names";
import type { Drift } from "../../../tasks/drift/compare-stack";
import { compareDeployed } from "../../../tasks/drift/comparison";
import { settingsWith } from "../../support/settings";

const names = namesOf(settingsWith());
const found: Drift = { lines: ["changed a"], digest: "d" };
const STATE = "hw/service-prod.tfstate";

/** The objects in the state bucket: texts, which are their own ETags. */
let objects: Record<string, string>;
let s3: S3Client;

beforeEach(() => {
  objects = {
    "hw/deployments/service-prod.tf.json": '{"resource":{}}',
    "hw/pipeline.definition.json": '{"output":{}}',
    [STATE]: "first",
    "hw/pipeline.tfstate": "first",
  };
  s3 = new S3Client({ region: "eu-west-1" });
  s3.send = ((command: GetObjectCommand | HeadObjectCommand) => {
    expect(command.input.Bucket).toBe(names.stateBucket);
    const text = objects[command.input.Key!];
    const isHead = command instanceof HeadObjectCommand;
    const missing = { message: "", $metadata: {} };
    if (text === "denied") return Promise.reject(new Error("Access Denied"));
    if (text === undefined) return Promise.reject(isHead ? new NotFound(missing) : new NoSuchKey(missing));
    return Promise.resolve({ ETag: text, Body: { transformToString: () => Promise.resolve(text) } });
  }) as typeof s3.send;
});

/** Compares a stack; what is compared is what `compare` gets. */
const compare = (stack: string, run: (kept: object) => Promise<Drift> = () => Promise.resolve(found)) =>
  compareDeployed(s3, names, stack, run);

describe("the comparison of a deployed stack", () => {
  it.each([
    ["service-prod", { resource: {} }],
    ["pipeline", { output: {} }],
  ])("is about %s as it was kept", async (stack, expected) => {
    const kept: object[] = [];
    const result = await compare(stack, (one) => (kept.push(one), Promise.resolve(found)));
    expect([result, kept]).toEqual([{ kind: "compared", drift: found }, [expected]]);
  });

  it("is skipped until a deployment has kept the stack", async () => {
    delete objects["hw/deployments/service-prod.tf.json"];
    expect(await compare("service-prod")).toEqual({
      kind: "skipped",
      reason: "the next deployment keeps what it deploys.",
    });
  });

  it("is skipped while the state is locked: a stack that is being deployed differs from it", async () => {
    objects[`${STATE}.tflock`] = "{}";
    expect(await compare("service-prod")).toEqual({ kind: "skipped", reason: "its state is locked." });
  });

  it.each([
    ["has written the state", () => (objects[STATE] = "second")],
    ["has begun", () => (objects[`${STATE}.tflock`] = "{}")],
  ])("is discarded if a deployment %s in the meantime", async (_, deploy) => {
    expect(await compare("service-prod", () => (deploy(), Promise.resolve(found)))).toEqual({
      kind: "skipped",
      reason: "it was deployed in the meantime.",
    });
  });

  it.each(["hw/deployments/service-prod.tf.json", STATE])("fails if %s cannot be read", async (key) => {
    objects[key] = "denied";
    expect(await compare("service-prod")).toEqual({ kind: "failed", reason: "Access Denied" });
  });

  it("fails with Terraform's reason", async () => {
    const failed = await compare("pipeline", () =>
      Promise.reject(new Error("The credentials have expired.")),
    );
    expect(failed).toEqual({ kind: "failed", reason: "The credentials have expired." });
  });
});
