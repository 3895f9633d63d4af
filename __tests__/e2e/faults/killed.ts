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
  readonly outcome: "fails" | "is done";
}

/**
 * Five moments for each signal. At the last two all is done, and who is only asked to end does so in order.
 * Who is asked to as it takes the lock may not hear of it: Terraform forgets a signal that comes before it
 * begins to read (https://github.com/hashicorp/terraform/issues/31371). So that one comes a moment later.
 */
const cases: Case[] = [
  { signal: "SIGTERM", moment: "as the resources are read", outcome: "fails" },
  { signal: "SIGTERM", moment: "in its first change", outcome: "fails" },
  { signal: "SIGTERM", moment: "between two resources", outcome: "fails" },
  { signal: "SIGKILL", moment: "as the lock is taken", outcome: "fails" },
  { signal: "SIGKILL", moment: "in its first change", outcome: "fails" },
  { signal: "SIGKILL", moment: "between two resources", outcome: "fails" },
  { signal: "SIGKILL", moment: "when the state is written", outcome: "fails" },
  { signal: "SIGKILL", moment: "as the lock is released", outcome: "fails" },
  { signal: "SIGTERM", moment: "when the state is written", outcome: "is done" },
  { signal: "SIGTERM", moment: "as the lock is released", outcome: "is done" },
];

/** The moments of a deployment, by its requests: `read` is one of many, `change` the first, `next` one after it. */
function moments(stack: string, read: RegExp, change: RegExp, next: Moment) {
  const written = new RegExp(`^PUT .*/${stack}\\.tfstate\\?`);
  const locked = new RegExp(`^PUT .*/${stack}\\.tfstate\\.tflock`);
  const unlocked = new RegExp(`^DELETE .*/${stack}\\.tfstate\\.tflock`);
  return {
    "as the lock is taken": { at: "answered", request: locked },
    "as the resources are read": { at: "received", request: read, after: locked },
    "in its first change": { at: "received", request: change },
    "between two resources": next,
    "when the state is written": { at: "answered", request: written },
    "as the lock is released": { at: "received", request: unlocked, after: written },
  } satisfies Record<string, Moment>;
}

/** Terraform is ended in DeployOnProd, and the stage tried again. */
export function endedInProduction(harness: () => FaultHarness): void {
  describe("DeployOnProd whose Terraform is ended", () => {
    const recorder = "/2015-03-31/functions/hw-prod-record-object";
    const all = moments(
      "service-prod",
      new RegExp(`^GET ${recorder}\\b`),
      new RegExp(`^PUT ${recorder}/configuration`),
      // The one function is changed; the other one, which names its version, is not.
      { at: "received", request: /^PUT .*\/hw-prod-api\/configuration/ },
    );
    let execution: ExecutionResult | undefined;

    it.each(cases)("by $signal $moment $outcome", async ({ signal, moment, outcome }) => {
      await harness().drift("prod");
      const ended = kill("service-prod", all[moment], signal);
      execution =
        execution?.status === "Failed"
          ? await harness().retry(execution.id, "DeployOnProd")
          : await harness().startPipeline();
      expect(ended.end()).toBe(true);
      expect(execution.failure?.action).toBe(outcome === "fails" ? "DeployOnProd" : undefined);
      await harness().unlock("service-prod", signal);
    });

    it("has nothing left to do after that", async () => {
      expect(await harness().isAsDefined("service-prod")).toBe(true);
    });
  });
}

/** Terraform is ended in SelfUpdate. */
export function endedInSelfUpdate(harness: () => FaultHarness): void {
  describe("SelfUpdate whose Terraform is ended", () => {
    const retention = /Logs_20140328\.PutRetentionPolicy$/;
    const read = /Logs_20140328\.DescribeLogGroups$/;
    const all = moments("pipeline", read, retention, { at: "answered", request: retention });

    /** Somebody changes by hand what the apply changes back: three logs at once, and after them the pipeline. */
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

    it.each(cases)("by $signal $moment $outcome", async ({ signal, moment, outcome }) => {
      await drift();
      const ended = kill("pipeline", all[moment], signal);
      const { log } = await harness().buildEnd(await harness().startBuild("SelfUpdate"));
      expect(ended.end()).toBe(true);
      const failure = /Command did not exit successfully (.*) exit status/.exec(log)?.[1];
      // Outside of a pipeline, the last command finds none that it could start again.
      expect(failure).toMatch(
        outcome === "fails" ? /then npx cdktf deploy/ : /then node dist\/tasks\/restart-pipeline/,
      );
      await harness().unlock("pipeline", signal);
    });

    it("has nothing left to do after that", async () => {
      expect(await harness().isAsDefined("pipeline")).toBe(true);
    });
  });
}
