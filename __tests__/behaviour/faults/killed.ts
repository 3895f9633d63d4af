import { CloudWatchLogsClient, PutRetentionPolicyCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CodePipelineClient, GetPipelineCommand, UpdatePipelineCommand } from "@aws-sdk/client-codepipeline";
import { clientConfig } from "../../../rehearsal/cloud/client-config";
import type { ExecutionResult } from "../../../rehearsal/watch";
import { kill, type Moment } from "./moments";
import type { Stand } from "./stand";

type Signal = "SIGKILL" | "SIGTERM";

/** The moments of an apply, by the requests it makes; `change` is its first one, `next` the one that follows. */
function moments(stack: string, change: RegExp, next: Moment): Record<string, Moment> {
  const written = new RegExp(`^PUT .*/${stack}\\.tfstate\\?`);
  return {
    "as the lock is taken": { at: "answered", request: new RegExp(`^PUT .*/${stack}\\.tfstate\\.tflock`) },
    "in its first change": { at: "asked", request: change },
    "between two resources": next,
    "when the state is written": { at: "answered", request: written },
    "as the lock is released": {
      at: "asked",
      request: new RegExp(`^DELETE .*/${stack}\\.tfstate\\.tflock`),
      after: written,
    },
  };
}

/** Each signal at each moment. At the last two all is done, and who is only asked to end does so in order. */
function cases(
  all: Record<string, Moment>,
): { signal: Signal; moment: string; outcome: "fails" | "is done" }[] {
  const names = Object.keys(all);
  const late = names.slice(-2);
  return [
    ...names
      .filter((name) => !late.includes(name))
      .map((moment) => ({ signal: "SIGTERM", moment, outcome: "fails" }) as const),
    ...names.map((moment) => ({ signal: "SIGKILL", moment, outcome: "fails" }) as const),
    ...late.map((moment) => ({ signal: "SIGTERM", moment, outcome: "is done" }) as const),
  ];
}

/** Terraform is ended in DeployOnProd, and the stage tried again. */
export function endedInProduction(stand: () => Stand): void {
  describe("DeployOnProd whose Terraform is ended", () => {
    const recorder = "/2015-03-31/functions/hw-prod-record-object";
    const all = moments("service-prod", new RegExp(`^PUT ${recorder}/configuration`), {
      // The one function is changed; the other one, which names its version, is not.
      at: "asked",
      request: /^PUT .*\/hw-prod-api\/configuration/,
    });
    let execution: ExecutionResult | undefined;

    it.each(cases(all))("by $signal $moment $outcome", async ({ signal, moment, outcome }) => {
      await stand().drift("prod");
      const ended = kill("service-prod", all[moment]!, signal);
      execution =
        execution?.status === "Failed"
          ? await stand().retry(execution.id, "DeployOnProd")
          : await stand().startPipeline();
      expect(ended.end()).toBe(true);
      expect(execution.failure?.action).toBe(outcome === "fails" ? "DeployOnProd" : undefined);
      await stand().unlock("service-prod", signal);
    });

    it("has nothing left to do after that", async () => {
      expect(await stand().isAsDefined("service-prod")).toBe(true);
    });
  });
}

/** Terraform is ended in SelfUpdate. */
export function endedInSelfUpdate(stand: () => Stand): void {
  describe("SelfUpdate whose Terraform is ended", () => {
    const retention = /Logs_20140328\.PutRetentionPolicy$/;
    const all = moments("pipeline", retention, { at: "answered", request: retention });

    /** Somebody changes by hand what the apply changes back: three logs at once, and after them the pipeline. */
    async function drift(): Promise<void> {
      const logs = new CloudWatchLogsClient(clientConfig(stand().session.cloud.cloud));
      for (const step of ["UnitTest", "DeployOnDev", "SelfUpdate"]) {
        const logGroupName = `/aws/codebuild/hw-${step}`;
        await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 1 }));
      }
      const codepipeline = stand().client(CodePipelineClient);
      const { pipeline } = await codepipeline.send(
        new GetPipelineCommand({ name: stand().session.pipeline }),
      );
      await codepipeline.send(
        new UpdatePipelineCommand({ pipeline: { ...pipeline!, executionMode: "QUEUED" } }),
      );
    }

    it.each(cases(all))("by $signal $moment $outcome", async ({ signal, moment, outcome }) => {
      await drift();
      const ended = kill("pipeline", all[moment]!, signal);
      const { log } = await stand().ended(await stand().start("SelfUpdate"));
      expect(ended.end()).toBe(true);
      const failure = /Command did not exit successfully (.*) exit status/.exec(log)?.[1];
      // Outside of a pipeline, the last command finds none that it could start again.
      expect(failure).toMatch(
        outcome === "fails" ? /^npx cdktf deploy/ : /^node dist\/tasks\/restart-pipeline/,
      );
      await stand().unlock("pipeline", signal);
    });

    it("has nothing left to do after that", async () => {
      expect(await stand().isAsDefined("pipeline")).toBe(true);
    });
  });
}
