import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SETTINGS } from "../../rehearsal/src/session";
import { ACCOUNT } from "../../rehearsal/__tests__/ministack/fixture";
import type { Harness } from "./harness";
import { WORLD } from "./saved-world/restore";
import { runJob, type JobResult, type JobRun } from "./workflow-job";

/** `OWNER/NAME` of the rehearsed repository. */
export const REPOSITORY = `${SETTINGS.pipeline_githubOwner}/${SETTINGS.pipeline_githubRepo}`;

/** The branch of the pull request. */
export const FEATURE = "feature";

/** The workflows of pull requests, as GitHub would run them for a pull request of the branch `feature`. */
export class PullRequestWorkflows {
  /** The artifacts of all runs. */
  readonly artifacts = mkdtempSync(join(tmpdir(), "artifacts-"));
  private runs = 0;

  /** @param main the commit of the main branch */
  constructor(
    private readonly harness: Harness,
    private readonly main: string,
  ) {}

  remove(): void {
    rmSync(this.artifacts, { recursive: true, force: true });
  }

  /** Runs diff.yml of the pull request. */
  async diff(): Promise<JobResult> {
    return runJob({
      ...this.common(),
      workflow: "diff.yml",
      job: "synthesize",
      commit: await this.harness.session.workstation.head(),
      run: { event: "pull_request", branch: FEATURE },
      contexts: {
        github: {
          repository: REPOSITORY,
          event: { pull_request: { head: { repo: { full_name: REPOSITORY } } } },
        },
        vars: variables(),
      },
    });
  }

  /** Runs the job of plan.yml that plans. @param changes what differs in the run that has started it */
  async plan(changes: object = {}): Promise<JobResult> {
    return this.planWorkflow("plan", { ...diffRun(), ...changes });
  }

  /**
   * Runs the job of plan.yml that reports.
   *
   * @param commit the pull request's
   * @param result that of the job that plans
   * @param number the run's; by default runs follow each other
   */
  async report(commit: string, result = "success", number = ++this.runs): Promise<JobResult> {
    const event = { ...diffRun(), head_branch: FEATURE, head_sha: commit };
    return this.planWorkflow("report", event, { plan: { result } }, number);
  }

  private planWorkflow(
    job: string,
    workflow_run: object,
    needs: object = {},
    number = 1,
  ): Promise<JobResult> {
    const common = this.common();
    return runJob({
      ...common,
      environment: {
        ...common.environment,
        GITHUB_REPOSITORY: REPOSITORY,
        GITHUB_RUN_ATTEMPT: "1",
        GITHUB_RUN_ID: String(1000 + number),
        GITHUB_RUN_NUMBER: String(number),
        GITHUB_SERVER_URL: this.harness.session.github.url,
      },
      workflow: "plan.yml",
      job,
      commit: this.main,
      run: { event: "workflow_run", workflow: "plan.yml" },
      contexts: {
        github: { repository: REPOSITORY, sha: this.main, event: { workflow_run } },
        vars: variables(),
        needs,
      },
    });
  }

  /** The options that all jobs have in common. */
  private common(): Omit<JobRun, "commit" | "workflow" | "job" | "run" | "contexts"> {
    const { workstation, github, githubToken: token } = this.harness.session;
    const { endpoint, region } = this.harness.client;
    return {
      clone: workstation.clone,
      github: { api: github.api, token },
      aws: { endpoint, region, account: ACCOUNT },
      artifacts: this.artifacts,
      environment: this.runnerEnvironment(),
    };
  }

  /** The environment of a runner: where AWS and GitHub are, without the operator's settings and credentials. */
  private runnerEnvironment(): NodeJS.ProcessEnv {
    const personal =
      /^(AWS_(ACCESS|SECRET|SESSION|REGION)|GIT_CONFIG|githubAccessToken$|hw_|pipeline_|service_)/;
    const machine = Object.entries(this.harness.session.workstation.environment()).filter(
      ([name]) => !personal.test(name),
    );
    return { ...Object.fromEntries(machine), AWS_EC2_METADATA_DISABLED: "true" };
  }
}

/** The repository's variables, as the guide lists them. */
function variables(): Record<string, string> {
  const settings = Object.entries({ ...SETTINGS, ...WORLD });
  return Object.fromEntries(settings.map(([name, value]) => [name.toUpperCase(), value]));
}

/** The run of the pull request's own workflow, in the event that starts plan.yml. */
function diffRun() {
  return {
    id: 1,
    conclusion: "success",
    event: "pull_request",
    head_repository: { full_name: REPOSITORY },
  };
}
