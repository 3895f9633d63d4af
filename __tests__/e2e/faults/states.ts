import {
  DeleteObjectCommand,
  GetBucketPolicyCommand,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { when } from "./moments";
import { ARTIFACTS, STATES, type FaultHarness } from "./fault-harness";

const key = (stack: string) => `hw/${stack}.tfstate`;

/** Denies the state bucket at the end of an apply. */
export function unwritableState(harness: () => FaultHarness): void {
  describe("a state that Terraform could not write", () => {
    let build: string;
    let allow: () => Promise<unknown>;

    it("is saved in the artifact bucket by the failed build, whose log shows what to do", async () => {
      await harness().drift("dev");
      const denied = when({ at: "received", request: /^PUT .*\/hw-dev-record-object\/configuration/ }, () => {
        allow = denyAccess(harness(), `${key("service-dev")}*`);
      });
      build = await harness().startBuild("DeployOnDev");
      const { status, log } = await harness().buildEnd(build);
      expect(denied.end()).toBe(true);
      await allow();
      expect(status).toBe("FAILED");
      expect(log).toMatch(
        /Terraform could not write the state of service-dev\. It is kept as s3:[^]*npm run state:recover -- service-dev/,
      );
      expect(await harness().keys(ARTIFACTS, "errored/")).toEqual([`errored/service-dev/${build}.tfstate`]);
    });

    it("is listed with its build and the state in the bucket", async () => {
      const { output } = await harness().npm("state:recover");
      expect(output).toMatch(
        new RegExp(
          `service-dev: state has serial \\d+[^]*kept by build ${build} at .*npm run state:recover -- service-dev pushes it`,
        ),
      );
    });

    it("is pushed after confirmation, and nothing is left to deploy", async () => {
      await harness().unlock("service-dev", "SIGKILL");
      const { output } = await harness().npm("state:recover", ["service-dev"], "service-dev\n");
      expect(output).toContain("Pushed.");
      expect(await harness().keys(ARTIFACTS, "errored/")).toEqual([]);
      expect(await harness().isAsDefined("service-dev")).toBe(true);
    });
  });
}

/** Damages a state, deletes it, and deletes all its versions. */
export function lostStates(harness: () => FaultHarness): void {
  const object = { Bucket: STATES, Key: key("service-dev") };

  it.each([
    ["damaged", () => harness().s3.send(new PutObjectCommand({ ...object, Body: '{"version": 4, "ser' }))],
    ["deleted", () => harness().s3.send(new DeleteObjectCommand(object))],
  ])("restores a %s state from the previous version", async (how, damage) => {
    const before = await harness().state("service-dev");
    await damage();
    const { output } = await harness().npm("state:recover", ["service-dev"], "service-dev\n");
    expect(output).toMatch(new RegExp(`The state of service-dev is ${how}\\.[^]*Restored\\.`));
    expect(await harness().state("service-dev")).toBe(before);
    expect(await harness().isAsDefined("service-dev")).toBe(true);
  });

  it.each(["service-dev", "pipeline"])(
    "imports the resources of %s by name when no version of the state is left",
    async (stack) => {
      const { resources } = JSON.parse(await harness().state(stack)) as { resources: unknown[] };
      await deleteAllVersions(harness(), key(stack));
      const { code, output } = await harness().npm("state:recover", [stack], `${stack}\n`);
      expect([code, code === 0 ? "" : output]).toEqual([0, ""]);
      expect(JSON.parse(await harness().state(stack))).toMatchObject({
        resources: { length: resources.length },
      });
      expect(await harness().isAsDefined(stack)).toBe(true);
    },
  );
}

/** Denies all access to keys in the state bucket. @returns a function that allows it again */
function denyAccess({ s3 }: FaultHarness, keys: string): () => Promise<unknown> {
  const before = s3.send(new GetBucketPolicyCommand({ Bucket: STATES }));
  const denial = {
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: `arn:aws:s3:::${STATES}/${keys}`,
  };
  const denied = before.then(({ Policy = "" }) => {
    const { Statement, ...rest } = JSON.parse(Policy) as { Statement: object[] };
    const policy = JSON.stringify({ ...rest, Statement: [...Statement, denial] });
    return s3.send(new PutBucketPolicyCommand({ Bucket: STATES, Policy: policy }));
  });
  return async () => {
    await denied;
    return s3.send(new PutBucketPolicyCommand({ Bucket: STATES, Policy: (await before).Policy }));
  };
}

async function deleteAllVersions({ s3 }: FaultHarness, Key: string): Promise<void> {
  const { Versions = [], DeleteMarkers = [] } = await s3.send(
    new ListObjectVersionsCommand({ Bucket: STATES, Prefix: Key }),
  );
  for (const { VersionId, Key: found } of [...Versions, ...DeleteMarkers]) {
    if (found === Key) await s3.send(new DeleteObjectCommand({ Bucket: STATES, Key, VersionId }));
  }
}
