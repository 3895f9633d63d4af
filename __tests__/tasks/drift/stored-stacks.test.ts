import { S3Client } from "@aws-sdk/client-s3";
import { namesOf } from "../../../stacks/names";
import { driftOf } from "../../../tasks/drift/compare-stack";
import { keptStack, withoutResources } from "../../../tasks/drift/kept-stacks";
import { stateVersion } from "../../../tasks/drift/state-version";
import type { ResourceChange } from "../../../tasks/terraform/plan";
import { settingsWith } from "../../support/settings";
import { awsOfThisProcess, type AwsStandIn, type Reply } from "../aws-stand-in";

const names = namesOf(settingsWith());
const bucket = "/acme-heavy-water-artifacts-state/hw";
const denied: Reply = { status: 403, body: "<Error><Code>AccessDenied</Code><Message>no</Message></Error>" };

let aws: AwsStandIn;
let s3: S3Client;
beforeAll(async () => {
  aws = await awsOfThisProcess();
  s3 = new S3Client({ forcePathStyle: true });
});
afterAll(() => {
  s3.destroy();
  aws.stop();
});

/** Answers for the objects with these keys; all others are missing. */
function holds(objects: Readonly<Record<string, Reply>>): void {
  aws.calls.length = 0;
  aws.answer = ({ input }) =>
    objects[String(input.path).replace(/\?.*/, "")] ?? {
      status: 404,
      body: "<Error><Code>NoSuchKey</Code></Error>",
    };
}

describe("the version of a stack's state", () => {
  const version = () => stateVersion(s3, names, "pipeline");

  it("is that of its contents", async () => {
    holds({ [`${bucket}/pipeline.tfstate`]: { headers: { etag: '"1a2b"' } } });
    expect(await version()).toBe('"1a2b"');
  });

  it("is unknown while the state is locked", async () => {
    holds({
      [`${bucket}/pipeline.tfstate`]: { headers: { etag: '"1a2b"' } },
      [`${bucket}/pipeline.tfstate.tflock`]: {},
    });
    expect(await version()).toBeUndefined();
  });

  it("is the same as long as there is no state", async () => {
    holds({});
    expect(await version()).toBe("none");
  });

  it("is an error where S3 does not say", async () => {
    holds({ [`${bucket}/pipeline.tfstate.tflock`]: denied });
    await expect(version()).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  });
});

describe("a stack as it was deployed", () => {
  it.each([
    ["service-prod", `${bucket}/deployments/service-prod.tf.json`],
    ["pipeline", `${bucket}/pipeline.definition.json`],
  ])("%s is what its step has stored", async (stack, key) => {
    holds({ [key]: { body: '{"resource":{}}' } });
    expect(await keptStack(s3, names, stack)).toEqual({ resource: {} });
  });

  it("is unknown before a step has stored it, and an error where it cannot be read", async () => {
    holds({});
    expect(await keptStack(s3, names, "pipeline")).toBeUndefined();
    holds({ [`${bucket}/pipeline.definition.json`]: denied });
    await expect(keptStack(s3, names, "pipeline")).rejects.toThrow("no");
  });

  it("is compared without its resources and outputs, which need files that are not kept", () => {
    const kept = { terraform: {}, provider: {}, data: { a: {} }, locals: { b: "c" } };
    expect(withoutResources({ "//": {}, ...kept, resource: {}, output: {}, import: [] })).toEqual(kept);
  });
});

describe("the digest of drift", () => {
  const stack = { resource: { a: { one: { x: 1, y: 1 }, two: { x: 1 } } } };
  const changed = (address: string, before: object, after: object | null): ResourceChange => ({
    address,
    change: {
      actions: [after === null ? "delete" : "update"],
      before: before as Record<string, unknown>,
      after: after as Record<string, unknown> | null,
      after_unknown: {},
    },
  });
  const digest = (...resource_drift: ResourceChange[]) =>
    driftOf("pipeline", stack, { resource_drift }).digest;

  it("is that of every resource's own values", () => {
    const one = changed("a.one", { x: 1 }, { x: 2 });
    const second = (x: number) => digest(one, changed("a.two", { x: 1 }, { x }));
    expect(second(3)).not.toBe(second(4));
    expect(second(3)).toBe(second(3));
  });

  it("is the same in whichever order Terraform reports attributes", () => {
    expect(digest(changed("a.one", { y: 1, x: 1 }, { y: 2, x: 2 }))).toBe(
      digest(changed("a.one", { x: 1, y: 1 }, { x: 2, y: 2 })),
    );
  });

  it("is another one for a resource that was deleted", () => {
    const deleted = digest(changed("a.two", { x: 1 }, null));
    expect(deleted).toMatch(/^[0-9a-f]{64}$/);
    expect(deleted).not.toBe(digest(changed("a.one", { x: 1 }, null)));
  });
});
