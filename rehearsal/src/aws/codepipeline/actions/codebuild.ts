import type { EnvironmentVariable } from "@aws-sdk/client-codebuild";
import { z } from "zod";
import type { Authorization } from "../../authorization";
import { AwsError } from "../../aws-error";
import type { AwsContext } from "../../aws-context";
import type { CodeBuild, RunningBuild } from "../../codebuild/codebuild";
import { projectArn } from "../../codebuild/projects";
import type { Artifact } from "../execution";
import { actionCredentials } from "../pipeline-role";
import { ActionFailed, type ActionProvider, type ActionRequest, type ActionResult } from "./action";

const environment = z.array(
  z.object({
    name: z.string().min(1),
    value: z.string(),
    type: z.enum(["PLAINTEXT", "PARAMETER_STORE", "SECRETS_MANAGER"]).default("PLAINTEXT"),
  }),
);

/** Runs builds: the actions of `AWS/CodeBuild`. */
export class CodeBuildAction implements ActionProvider {
  readonly required = ["ProjectName"];

  constructor(
    private readonly aws: AwsContext,
    private readonly codebuild: CodeBuild,
    private readonly authorization: Authorization,
  ) {}

  /** The build of an abandoned action continues, as in AWS. */
  async run(request: ActionRequest): Promise<ActionResult> {
    const project = request.configuration.ProjectName!;
    const credentials = await actionCredentials(this.aws, request);
    const authorize = (action: string) =>
      this.authorization.check(credentials, [{ action, resource: projectArn(this.aws, project) }]);
    await translateErrors("startBuild", () => authorize("codebuild:StartBuild"));
    // In AWS, the build is already running when this call is denied. Here it is not started.
    await translateErrors("batchGetBuilds", () => authorize("codebuild:BatchGetBuilds"));
    const build = await translateErrors("startBuild", () => this.start(request));
    request.progress({ externalExecutionId: build.id, externalExecutionUrl: this.url(project, build.id) });
    const finished = await build.finished;
    if (finished.message !== undefined) throw new ActionFailed("JobFailed", finished.message);
    return { variables: finished.exportedVariables };
  }

  private start(request: ActionRequest): Promise<RunningBuild> {
    const primary = primaryInput(request);
    return this.codebuild.start({
      projectName: request.configuration.ProjectName!,
      initiator: `codepipeline/${request.pipeline.name}`,
      sourceVersion: `arn:aws:s3:::${primary.bucket}/${primary.key}`,
      resolvedSourceVersion: primary.revision,
      inputs: request.inputs,
      primary: primary.name,
      outputs: request.outputs,
      environment: readEnvironment(request.configuration.EnvironmentVariables),
    });
  }

  private url(project: string, id: string): string {
    const { region, account } = this.aws;
    const build = encodeURIComponent(id);
    return `https://${region}.console.aws.amazon.com/codesuite/codebuild/${account}/projects/${project}/build/${build}/?region=${region}`;
  }
}

/** Fails the action with CodePipeline's message for an error of CodeBuild. */
async function translateErrors<T>(operation: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const details = `Service: AWSCodeBuild; Status Code: ${error.statusCode}; Error Code: ${error.code}`;
    const code = error.code === "AccessDeniedException" ? "PermissionError" : "ConfigurationError";
    throw new ActionFailed(code, `Error calling ${operation}: ${error.message} (${details})`);
  }
}

function primaryInput({ inputs, configuration, action }: ActionRequest): Artifact {
  const name = configuration.PrimarySource;
  const primary = inputs.length === 1 && !name ? inputs[0] : inputs.find((input) => input.name === name);
  if (primary) return primary;
  const problem = name
    ? `PrimarySource is ${name}, which is not one of the inputs`
    : `PrimarySource must name one of the ${inputs.length} inputs`;
  throw new ActionFailed("ConfigurationError", `Action ${action.name}: ${problem}.`);
}

function readEnvironment(json: string | undefined): EnvironmentVariable[] {
  if (json === undefined) return [];
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new ActionFailed("ConfigurationError", "EnvironmentVariables is not JSON.");
  }
  const result = environment.safeParse(value);
  if (result.success) return result.data;
  const problem = z.prettifyError(result.error);
  throw new ActionFailed("ConfigurationError", `EnvironmentVariables is not a list of variables: ${problem}`);
}
