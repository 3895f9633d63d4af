import { CloudWatchLogsClient, PutRetentionPolicyCommand } from "@aws-sdk/client-cloudwatch-logs";
import { GetPipelineCommand, UpdatePipelineCommand } from "@aws-sdk/client-codepipeline";
import { clientConfig } from "../../../rehearsal/src/aws/client-config";
import type { ExecutionResult } from "../../../rehearsal/src/watch";
import { kill, type Moment } from "./moments";
import type { FaultHarness } from "./fault-harness";

type Signal = "SIGKILL" | "SIGTERM";

interface Case {
  readonly signal: Signal;
  readonly moment: keyof ReturnType<typeof moments>;
  readonly outcome: "fails" | "succeeds";
}

/**
 * Five moments for each signal. At the last two everything is applied, and SIGTERM lets Terraform finish.
 * Terraform can ignore a SIGTERM that arrives while it acquires the lock, before it starts to read
 * (https://github.com/hashicorp/terraform/issues/31371). So the first SIGTERM is sent a moment later.
 */
const cases: Case[] = [
  { signal: "SIGTERM", moment: "while resources are read", outcome: "fails" },
  { signal: "SIGTERM", moment: "at the first change", outcome: "fails" },
  { signal: "SIGTERM", moment: "between two resources", outcome: "fails" },
  { signal: "SIGKILL", moment: "while the lock is acquired", outcome: "fails" },
  { signal: "SIGKILL", moment: "at the first change", outcome: "fails" },
  { signal: "SIGKILL", moment: "between two resources", outcome: "fails" },
  { signal: "SIGKILL", moment: "after the state is written", outcome: "fails" },
  { signal: "SIGKILL", moment: "while the lock is released", outcome: "fails" },
  { signal: "SIGTERM", moment: "after the state is written", outcome: "succeeds" },
  { signal: "SIGTERM", moment: "while the lock is released", outcome: "succeeds" },
];

/** The moments of a deployment: `read` matches one of many requests, `change` the first one, `next` a later one. */
function moments(stack: string, read: RegExp, change: RegExp, next: Moment) {
  const written = new RegExp(`^PUT .*/${stack}\\.tfstate\\?`);
  const locked = new RegExp(`^PUT .*/${stack}\\.tfstate\\.tflock`);
  const unlocked = new RegExp(`^DELETE .*/${stack}\\.tfstate\\.tflock`);
  return {
    "while the lock is acquired": { at: "answered", request: locked },
    "while resources are read": { at: "received", request: read, after: locked },
    "at the first change": { at: "received", request: change },
    "between two resources": next,
    "after the state is written": { at: "answered", request: written },
    "while the lock is released": { at: "received", request: unlocked, after: written },
  } satisfies Record<string, Moment>;
}

/** Terminates Terraform in DeployOnProd, and retries the stage. */
export function killedInProduction(harness: () => FaultHarness): void {
  describe("DeployOnProd", () => {
    const recorder = "/2015-03-31/functions/hw-prod-record-object";
    const all = moments(
      "service-prod",
      new RegExp(`^GET ${recorder}\\b`),
      new RegExp(`^PUT ${recorder}/configuration`),
      // One function is changed. The other one depends on its version and is not.
      { at: "received", request: /^PUT .*\/hw-prod-api\/configuration/ },
    );
    let execution: ExecutionResult | undefined;

    it.each(cases)("$outcome when Terraform gets $signal $moment", async ({ signal, moment, outcome }) => {
      await harness().drift("prod");
      const killed = kill("service-prod", all[moment], signal);
      execution =
        execution?.status === "Failed"
          ? await harness().retry(execution.id, "DeployOnProd")
          : await harness().startPipeline();
      expect(killed.end()).toBe(true);
      expect(execution.failure?.action).toBe(outcome === "fails" ? "DeployOnProd" : undefined);
      await harness().unlock("service-prod", signal);
    });

    it("has deployed everything in the end", async () => {
      expect(await harness().isAsDefined("service-prod")).toBe(true);
    });
  });
}

/** Terminates Terraform in SelfUpdate. */
export function killedInSelfUpdate(harness: () => FaultHarness): void {
  describe("SelfUpdate", () => {
    const retention = /Logs_20140328\.PutRetentionPolicy$/;
    const read = /Logs_20140328\.DescribeLogGroups$/;
    const all = moments("pipeline", read, retention, { at: "answered", request: retention });

    /** Changes by hand what the apply changes back: three logs in parallel, then the pipeline. */
    async function drift(): Promise<void> {
      const logs = new CloudWatchLogsClient(clientConfig(harness().session.aws.context));
      for (const step of ["UnitTest", "DeployOnDev", "SelfUpdate"]) {
        const logGroupName = `/aws/codebuild/hw-${step}`;
        await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 1 }));
      }
      const { codepipeline } = harness();
      const { pipeline } = await codepipeline.send(
        new GetPipelineCommand({ name: harness().session.pipeline }),
      );
      await codepipeline.send(
        new UpdatePipelineCommand({ pipeline: { ...pipeline!, executionMode: "QUEUED" } }),
      );
    }

    it.each(cases)("$outcome when Terraform gets $signal $moment", async ({ signal, moment, outcome }) => {
      await drift();
      const killed = kill("pipeline", all[moment], signal);
      const { log } = await harness().buildEnd(await harness().startBuild("SelfUpdate"));
      expect(killed.end()).toBe(true);
      const failure = /Command did not exit successfully (.*) exit status/.exec(log)?.[1];
      // Outside of a pipeline, the last command finds no pipeline to restart.
      expect(failure).toMatch(
        outcome === "fails" ? /then node \S+\/cdktf deploy/ : /then node dist\/tasks\/restart-pipeline/,
      );
      await harness().unlock("pipeline", signal);
    });

    it("has deployed everything in the end", async () => {
      expect(await harness().isAsDefined("pipeline")).toBe(true);
    });
  });
}
