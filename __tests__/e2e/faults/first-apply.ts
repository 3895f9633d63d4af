import { ApiGatewayV2Client, GetApisCommand } from "@aws-sdk/client-apigatewayv2";
import { clientConfig } from "../../../rehearsal/src/aws/client-config";
import { kill } from "./moments";
import type { FaultHarness } from "./fault-harness";

/** Kills the first apply of dev before Terraform has written a state. */
export function killedFirstApply(harness: () => FaultHarness): void {
  describe("a first apply that was killed before there is a state", () => {
    it("leaves resources that are missing in the state", async () => {
      const killed = kill(
        "service-dev",
        // One of the first resources: after twenty seconds Terraform writes what it has so far.
        { at: "answered", request: /^POST \/v2\/apis$/ },
        "SIGKILL",
      );
      const { failure } = await harness().deliver();
      expect(killed.end()).toBe(true);
      expect(failure?.action).toBe("DeployOnDev");
      expect(await harness().keys()).not.toContain("hw/service-dev.tfstate");
      expect(await apis(harness())).toHaveLength(1);
    });

    it("cannot be repaired while its lock exists", async () => {
      const { code, output } = await harness().npm("state:recover", ["service-dev"], "service-dev\n");
      expect(code).toBe(1);
      expect(output).toMatch(
        /Nothing was changed: the state of service-dev is locked[^]*npm run state:unlock -- service-dev/,
      );
    });

    it("is repaired by npm run state:recover, which imports every resource", async () => {
      await harness().unlock("service-dev", "SIGKILL");
      const refused = await harness().npm("state:recover", ["service-dev"], "yes\n");
      expect(refused.output).toMatch(/Plan: \d+ to import, [^]*Nothing was changed\./);
      const { code, output } = await harness().npm("state:recover", ["service-dev"], "service-dev\n");
      expect([code, code === 0 ? "" : output]).toEqual([0, ""]);
      expect(output).toMatch(/aws_apigatewayv2_api\.\S+[^]*Imported\./);
      expect(await apis(harness())).toHaveLength(1);
      expect(await harness().isAsDefined("service-dev")).toBe(true);
    });
  });
}

/** Terminates the first apply of production while it creates the bucket, which must not be destroyed. */
export function interruptedFirstApply(harness: () => FaultHarness): void {
  it("leaves no lock when a first apply is terminated, and continues after npm run state:recover", async () => {
    const bucketCreated = { at: "answered", request: /^PUT \/hw-rehearsal-documents-prod\/?(\?|$)/ } as const;
    const ended = kill("service-prod", bucketCreated, "SIGTERM");
    await harness().commit("Change nothing");
    const { id, failure } = await harness().deliver();
    expect(ended.end()).toBe(true);
    expect(failure?.action).toBe("DeployOnProd");
    expect(await harness().isLocked("service-prod")).toBe(false);
    const { output } = await harness().npm("state:recover", ["service-prod"], "service-prod\n");
    expect(output).toMatch(/aws_s3_bucket\.documents_bucket_\w+[^]*Kept\./);
    expect((await harness().retry(id, "DeployOnProd")).status).toBe("Succeeded");
    expect(await harness().isAsDefined("service-prod")).toBe(true);
  });
}

async function apis({ session }: FaultHarness): Promise<string[]> {
  const { Items = [] } = await new ApiGatewayV2Client(clientConfig(session.aws.context)).send(
    new GetApisCommand({}),
  );
  return Items.map(({ Name }) => Name!).filter((name) => name === "hw-dev");
}
