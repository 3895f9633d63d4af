import { GetPipelineCommand } from "@aws-sdk/client-codepipeline";
import { GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { readFile } from "node:fs/promises";
import { Harness, type Run } from "./harness";
import { quickenBuilds } from "./quick-builds";

/** A pipeline that was deployed from an earlier commit. */
export class EarlierPipeline {
  private constructor(
    readonly harness: Harness,
    /** The checked-out commit, with builds that take seconds. */
    private readonly current: string,
  ) {}

  /**
   * Bootstraps the pipeline of an earlier commit. Nothing is pushed yet.
   *
   * @param adjust edits what keeps the commit's builds from running today
   */
  static async start(
    commit: string,
    adjust: (harness: Harness) => Promise<unknown> = () => Promise.resolve(),
  ): Promise<EarlierPipeline> {
    let current = "";
    const harness = await Harness.start({ pipeline_rollout: "AllAtOnce" }, async (earlier) => {
      const { workstation } = earlier.session;
      current = await workstation.head();
      await checkOut(earlier, commit);
      // The packages that are installed on this machine are those of the current commit. They do not have tsx, which
      // started the tasks of earlier commits.
      const ofCurrent = [
        ...["package-lock.json", "rehearsal/package.json"],
        ...["tasks/start.cjs", "tasks/start", "tasks/debug-logs.cjs"],
      ];
      await workstation.git("checkout", "--quiet", current, "--", ...ofCurrent);
      const { dependencies, devDependencies } = JSON.parse(
        await workstation.git("show", `${current}:package.json`),
      ) as Record<"dependencies" | "devDependencies", object>;
      earlier.edit("package.json", (text) =>
        JSON.stringify({ ...(JSON.parse(text) as object), dependencies, devDependencies }, null, 2).replace(
          /--import (tsx|\.\/tasks\/start\.mjs)/g,
          "--require ./tasks/start.cjs",
        ),
      );
      await adjust(earlier);
      quickenBuilds(workstation.clone, ["unit-test", "deploy-for-test", "self-update"]);
      await earlier.commit("Use the earlier pipeline");
    });
    return new EarlierPipeline(harness, current);
  }

  async stop(): Promise<void> {
    await this.harness.stop();
  }

  /** Pushes the current commit. @returns the commit that was pushed */
  async pushCurrent(): Promise<string> {
    await checkOut(this.harness, this.current);
    return this.harness.push("Use the current pipeline");
  }

  /** Waits until the only execution of a commit has succeeded. */
  async deliver(commit: string): Promise<Run> {
    const [run, ...others] = await this.harness.ended(commit);
    if (run?.status === "Failed") throw new Error(`${commit} failed:\n${await this.harness.log(run)}`);
    expect([run?.status, others]).toEqual(["Succeeded", []]);
    return run!;
  }

  /** Returns the version of the pipeline's structure. */
  async version(): Promise<number | undefined> {
    const { codepipeline, session } = this.harness;
    const { pipeline } = await codepipeline.send(new GetPipelineCommand({ name: session.pipeline }));
    return pipeline?.version;
  }

  /** Returns the log of a step's build in an execution. */
  async buildLog({ id }: Run, step: string): Promise<string> {
    for (const change of this.harness.changes) {
      if (change.kind !== "action" || change.executionId !== id || change.action !== step) continue;
      if (change.state === "SUCCEEDED")
        return readFile(this.harness.session.aws.codebuild.logFile(change.externalExecutionId!), "utf8");
    }
    throw new Error(`${step} did not succeed in ${id}.`);
  }

  /** Returns the commit of the version that production's traffic reaches. */
  async live(): Promise<string | undefined> {
    const { Configuration } = await new LambdaClient(this.harness.client).send(
      new GetFunctionCommand({ FunctionName: "hw-prod-api", Qualifier: "live" }),
    );
    return Configuration?.Environment?.Variables?.COMMIT;
  }
}

/** Replaces the files of the clone with those of a commit. */
async function checkOut({ session: { workstation } }: Harness, commit: string): Promise<void> {
  await workstation.git("rm", "--quiet", "-r", ".");
  await workstation.git("checkout", "--quiet", commit, "--", ".");
}
