import { CloudWatchLogsClient, PutRetentionPolicyCommand } from "@aws-sdk/client-cloudwatch-logs";
import { clientConfig } from "../../../rehearsal/cloud/client-config";
import type { ExecutionResult } from "../../../rehearsal/watch";
import { kill, type Moment } from "./moments";
import type { Stand } from "./stand";

const signals = ["SIGKILL", "SIGTERM"] as const;

/** The moments of an apply, by the requests it makes; `change` is its first one, `next` the one that follows. */
const moments = (stack: string, change: RegExp, next: Moment): Record<string, Moment> => ({
  "as the lock is taken": { at: "answered", request: new RegExp(`^PUT .*/${stack}\\.tfstate\\.tflock`) },
  "in its first change": { at: "asked", request: change },
  "between two resources": next,
  "when the state is written": { at: "answered", request: new RegExp(`^PUT .*/${stack}\\.tfstate\\?`) },
  "when the lock is released": {
    at: "answered",
    request: new RegExp(`^DELETE .*/${stack}\\.tfstate\\.tflock`),
  },
});

/** Terraform is killed in DeployOnProd, and the stage tried again. */
export function killedInProduction(stand: () => Stand): void {
  describe("DeployOnProd whose Terraform is ended", () => {
    const recorder = "/2015-03-31/functions/hw-prod-record-object";
    const all = moments("service-prod", new RegExp(`^PUT ${recorder}/configuration`), {
      // The function is changed, its alias is not.
      at: "asked",
      request: new RegExp(`^PUT ${recorder}/aliases/live`),
    });
    let execution: ExecutionResult;

    it.each(signals.flatMap((signal) => Object.keys(all).map((moment) => [signal, moment] as const)))(
      "by %s %s fails, and leaves a lock only where it could not release it",
      async (signal, moment) => {
        await stand().drift("prod");
        const killed = kill("service-prod", all[moment]!, signal);
        if (execution) execution = await stand().retry(execution.id, "DeployOnProd");
        else {
          await stand().commit("Say another commit", () => undefined);
          execution = await stand().push();
        }
        expect(killed()).toBe(true);
        expect(execution.failure?.action).toBe("DeployOnProd");
        await stand().unlock("service-prod", signal);
      },
    );

    it("goes on where it stopped when the stage is tried again", async () => {
      expect((await stand().retry(execution.id, "DeployOnProd")).status).toBe("Succeeded");
      expect(await stand().isAsDefined("service-prod")).toBe(true);
    });
  });
}

/** Terraform is killed in SelfUpdate, which then is run by the next push. */
export function killedInSelfUpdate(stand: () => Stand): void {
  describe("SelfUpdate whose Terraform is ended", () => {
    const retention = /Logs_20140328\.PutRetentionPolicy$/;
    const all = moments("pipeline", retention, { at: "answered", request: retention });

    const drift = async () => {
      const logs = new CloudWatchLogsClient(clientConfig(stand().session.cloud.cloud));
      for (const step of ["UnitTest", "DeployOnDev", "SelfUpdate"]) {
        const logGroupName = `/aws/codebuild/hw-${step}`;
        await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 1 }));
      }
    };

    it.each(signals.flatMap((signal) => Object.keys(all).map((moment) => [signal, moment] as const)))(
      "by %s %s fails, and leaves a lock only where it could not release it",
      async (signal, moment) => {
        await drift();
        const killed = kill("pipeline", all[moment]!, signal);
        const { status, log } = await stand().ended(await stand().start("SelfUpdate"));
        expect(killed()).toBe(true);
        expect([status, status === "FAILED" ? "" : log]).toEqual(["FAILED", ""]);
        await stand().unlock("pipeline", signal);
      },
    );
  });
}
