import { ApiGatewayV2Client, GetApisCommand } from "@aws-sdk/client-apigatewayv2";
import { clientConfig } from "../../../rehearsal/cloud/client-config";
import { kill } from "./moments";
import type { Stand } from "./stand";

/** The first apply of dev is killed before Terraform has written down anything. */
export function killedFirstApply(stand: () => Stand): void {
  describe("the first apply of a stack, killed before there is a state", () => {
    it("fails, and leaves resources that no state knows", async () => {
      const killed = kill(
        "service-dev",
        { at: "answered", request: /^POST \/2015-03-31\/functions$/ },
        "SIGKILL",
      );
      const { failure } = await stand().push();
      expect(killed()).toBe(true);
      expect(failure?.action).toBe("DeployOnDev");
      expect(await stand().keys()).not.toContain("hw/service-dev.tfstate");
      expect(await apis(stand())).toHaveLength(1);
    });

    it("is not mended while the lock is held that it left", async () => {
      const { code, output } = await stand().npm(["recover", "--", "service-dev"], "service-dev\n");
      expect(code).toBe(1);
      expect(output).toMatch(
        /Nothing was changed: the state of service-dev is locked[^]*npm run unlock -- service-dev/,
      );
    });

    it("is mended by npm run recover, which takes over what is there: nothing is there twice", async () => {
      await stand().unlock("service-dev", "SIGKILL");
      const refused = await stand().npm(["recover", "--", "service-dev"], "yes\n");
      expect(refused.output).toMatch(/Plan: \d+ to import, [^]*Nothing was changed\./);
      const { code, output } = await stand().npm(["recover", "--", "service-dev"], "service-dev\n");
      expect([code, code === 0 ? "" : output]).toEqual([0, ""]);
      expect(output).toMatch(/aws_apigatewayv2_api\.\S+[^]*Taken over\./);
      expect(await apis(stand())).toHaveLength(1);
      expect(await stand().isAsDefined("service-dev")).toBe(true);
    });
  });
}

async function apis({ session }: Stand): Promise<string[]> {
  const { Items = [] } = await new ApiGatewayV2Client(clientConfig(session.cloud.cloud)).send(
    new GetApisCommand({}),
  );
  return Items.map(({ Name }) => Name!).filter((name) => name === "hw-dev");
}
