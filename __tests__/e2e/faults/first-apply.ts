import { ApiGatewayV2Client, GetApisCommand } from "@aws-sdk/client-apigatewayv2";
import { clientConfig } from "../../../rehearsal/src/aws/client-config";
import { kill } from "./moments";
import type { FaultHarness } from "./fault-harness";

/** The first apply of dev is killed before Terraform has written down anything. */
export function killedFirstApply(harness: () => FaultHarness): void {
  describe("the first apply of a stack, killed before there is a state", () => {
    it("fails, and leaves resources that no state knows", async () => {
      const killed = kill(
        "service-dev",
        // Among the first that it makes: after twenty seconds Terraform writes down what it has so far.
        { at: "answered", request: /^POST \/v2\/apis$/ },
        "SIGKILL",
      );
      const { failure } = await harness().deliver();
      expect(killed.end()).toBe(true);
      expect(failure?.action).toBe("DeployOnDev");
      expect(await harness().keys()).not.toContain("hw/service-dev.tfstate");
      expect(await apis(harness())).toHaveLength(1);
    });

    it("is not mended while the lock is held that it left", async () => {
      const { code, output } = await harness().npm("state:recover", ["service-dev"], "service-dev\n");
      expect(code).toBe(1);
      expect(output).toMatch(
        /Nothing was changed: the state of service-dev is locked[^]*npm run state:unlock -- service-dev/,
      );
    });

    it("is mended by npm run state:recover, which takes over what is there: nothing is there twice", async () => {
      await harness().unlock("service-dev", "SIGKILL");
      const refused = await harness().npm("state:recover", ["service-dev"], "yes\n");
      expect(refused.output).toMatch(/Plan: \d+ to import, [^]*Nothing was changed\./);
      const { code, output } = await harness().npm("state:recover", ["service-dev"], "service-dev\n");
      expect([code, code === 0 ? "" : output]).toEqual([0, ""]);
      expect(output).toMatch(/aws_apigatewayv2_api\.\S+[^]*Taken over\./);
      expect(await apis(harness())).toHaveLength(1);
      expect(await harness().isAsDefined("service-dev")).toBe(true);
    });
  });
}

/** The first apply of production is told to end while its bucket, which nothing may destroy, is made. */
export function interruptedFirstApply(harness: () => FaultHarness): void {
  it("a first apply that is told to end leaves no lock, and is gone on with after npm run state:recover", async () => {
    const bucketMade = { at: "answered", request: /^PUT \/hw-rehearsal-documents-prod\/?(\?|$)/ } as const;
    const ended = kill("service-prod", bucketMade, "SIGTERM");
    await harness().commit("Go on");
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
