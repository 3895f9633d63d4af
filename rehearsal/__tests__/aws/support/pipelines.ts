import { setImmediate } from "node:timers/promises";
import type { ActionDeclaration, PipelineDeclaration, StageDeclaration } from "@aws-sdk/client-codepipeline";
import type { AwsContext } from "../../../src/aws/aws-context";
import {
  ActionFailed,
  type ActionProvider,
  type ActionRequest,
  type ActionResult,
} from "../../../src/aws/codepipeline/actions/action";
import { Approvals } from "../../../src/aws/codepipeline/approvals";
import { CodePipeline } from "../../../src/aws/codepipeline/codepipeline";
import { readDeclaration } from "../../../src/aws/codepipeline/declaration";
import type { StateChange } from "../../../src/aws/state-change";
import { SessionLog } from "../../../src/session-log";

/** An account that no test sends a request to. */
export const UNUSED_AWS: AwsContext = {
  region: "eu-west-1",
  account: "123456789012",
  endpoint: "http://127.0.0.1:1",
  emulator: "http://127.0.0.1:1",
  emulatorLog: "/nonexistent/emulator.log",
  root: { accessKeyId: "123456789012", secretAccessKey: "test" },
  folder: "/nonexistent",
  log: new SessionLog("/nonexistent"),
  machine: {},
};

/** The caller where no permissions are checked. */
export const ROOT = "arn:aws:iam::123456789012:root";

/** One run of an action whose outcome the test decides. */
export interface ScriptedRun {
  readonly request: ActionRequest;
  succeed(result?: ActionResult): Promise<void>;
  fail(message: string): Promise<void>;
}

/** A provider whose actions run until the test says how they end. */
export class ScriptedProvider implements ActionProvider {
  readonly required = [];
  readonly runs: ScriptedRun[] = [];

  run(request: ActionRequest): Promise<ActionResult> {
    return new Promise((resolve, reject) => {
      this.runs.push({
        request,
        succeed: async (result = {}) => {
          resolve(result);
          await settled();
        },
        fail: async (message) => {
          reject(new ActionFailed("JobFailed", message));
          await settled();
        },
      });
    });
  }

  /** The newest run of an action. */
  last(action: string): ScriptedRun {
    const run = this.runs.findLast(({ request }) => request.action.name === action);
    if (!run) throw new Error(`${action} has not run; what has: ${this.names().join(", ")}`);
    return run;
  }

  names(): string[] {
    return this.runs.map(({ request }) => request.action.name!);
  }
}

/** Lets everything happen that is about to. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await setImmediate();
}

/** CodePipeline with a scripted provider, and everything it has reported. */
export function scriptedCodePipeline() {
  const provider = new ScriptedProvider();
  const changes: StateChange[] = [];
  const codepipeline = new CodePipeline(UNUSED_AWS, {
    providers: {
      "ThirdParty/GitHub": provider,
      "AWS/CodeStarSourceConnection": provider,
      "AWS/CodeBuild": provider,
    },
    approvals: new Approvals(),
    report: (change) => changes.push(change),
  });
  return { codepipeline, provider, changes };
}

export function source(overrides: Partial<ActionDeclaration> = {}): ActionDeclaration {
  return {
    name: "Source1",
    actionTypeId: { category: "Source", owner: "ThirdParty", provider: "GitHub", version: "1" },
    configuration: {
      Owner: "octo",
      Repo: "app",
      Branch: "main",
      OAuthToken: "t0ken",
      PollForSourceChanges: "false",
    },
    outputArtifacts: [{ name: "source" }],
    namespace: "Source1",
    ...overrides,
  };
}

export function build(name: string, overrides: Partial<ActionDeclaration> = {}): ActionDeclaration {
  return {
    name,
    actionTypeId: { category: "Build", owner: "AWS", provider: "CodeBuild", version: "1" },
    configuration: { ProjectName: name },
    inputArtifacts: [{ name: "source" }],
    ...overrides,
  };
}

export function stage(name: string, ...actions: ActionDeclaration[]): StageDeclaration {
  return { name, actions };
}

/** A V2 pipeline whose first stage is a source, as a client sends it. */
export function declared(
  stages: StageDeclaration[],
  overrides: Partial<PipelineDeclaration> = {},
): PipelineDeclaration {
  return {
    name: "delivery",
    roleArn: "arn:aws:iam::123456789012:role/pipeline",
    artifactStore: { type: "S3", location: "artifacts" },
    pipelineType: "V2",
    stages: [stage("Source", source()), ...stages],
    ...overrides,
  };
}

/** The same, as the service has read it. */
export function declaration(...args: Parameters<typeof declared>): PipelineDeclaration {
  return readDeclaration({ pipeline: declared(...args) });
}
