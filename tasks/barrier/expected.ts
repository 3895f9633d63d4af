import { secretName, type Settings } from "../../settings";
import { bootstrapLevel, ownFunctionBoundaries } from "../../stacks/bootstrap-level";
import { failureTopicName, namesOf, stackIds } from "../../stacks/names";
import { tokenConfiguration, type RouteSettings, type TokenConfiguration } from "../../stacks/service-routes";
import { connectedPipeline, pipeline, service, type Allowed } from "./allowed";

/** What a stack must say, by the settings of the one who judges. In ARNs `<partition>` and the like stand for what Terraform puts in. */
export interface Expected {
  readonly kind: "pipeline" | "service";
  readonly allowed: Allowed;
  /** Where its state is. */
  readonly backend: { readonly bucket: string; readonly key: string };
  /** The ARN of the permissions boundary of its roles, and how their names begin. */
  readonly boundary: string;
  readonly roleNames: string;
  /** The name of its API: with it an import finds production's. */
  readonly apiName: string | undefined;
  /** The settings that decide who is allowed to call the routes of its API. */
  readonly routes: RouteSettings;
  /** The tokens that its API accepts, if any. */
  readonly tokens: TokenConfiguration | undefined;
  /** The days for which old versions of documents are kept, if a bucket can have a lifecycle rule. */
  readonly oldVersionDays: Settings["service_old_version_days"];
  /** Where the pinned programs are, with `*` for their digest. */
  readonly programs: string;
  /** The ARN of a role that all build steps share, where the settings name one. */
  readonly sharedRole: string | undefined;
  /** The ARN of the topic that is notified of failures, and who gets its e-mails. */
  readonly failureTopic: string;
  readonly failureEmail: string | undefined;
  readonly repository: { readonly owner: string; readonly name: string };
  readonly secretName: string;
  readonly webhook: string;
  /** The name of the connection that is the pipeline's source; undefined if that is a token and a webhook. */
  readonly connection: string | undefined;
  /** The filters on pushes that the pipeline can have; undefined where no path is ignored. */
  readonly trigger: readonly object[] | undefined;
}

/**
 * What a stack that a build deploys must say.
 *
 * @param bootstrapped the bootstrap level of the account, by which the stack was synthesized
 * @throws Error where no build deploys it: only the operator deploys the state stack
 */
export function expectedOf(
  stackId: string,
  settings: Settings,
  bootstrapped: number = bootstrapLevel,
): Expected {
  const names = namesOf(settings);
  const environment = names.environments.find((one) => stackIds.service(one) === stackId);
  if (stackId !== stackIds.pipeline && environment === undefined) {
    const deployed = [stackIds.pipeline, ...names.environments.map((one) => stackIds.service(one))];
    throw new Error(
      `No build deploys a stack ${JSON.stringify(stackId)}, only ${deployed.join(", ")}. ` +
        `The stack ${stackIds.state} is deployed with npm run bootstrap.`,
    );
  }
  return {
    backend: { bucket: names.stateBucket, key: names.stateKey(stackId) },
    ...(environment === undefined
      ? {
          kind: "pipeline",
          allowed: names.connection === undefined ? pipeline : connectedPipeline,
          boundary: policy(names.boundary),
          roleNames: names.pipelineRole,
          apiName: undefined,
        }
      : {
          kind: "service",
          allowed: service,
          boundary: policy(
            bootstrapped < ownFunctionBoundaries
              ? names.sharedFunctionBoundary
              : names.functionBoundary(environment),
          ),
          roleNames: `${names.service(environment)}-`,
          apiName: names.service(environment),
        }),
    routes: { service_auth: settings.service_auth, service_cors_origins: settings.service_cors_origins },
    tokens: environment === undefined ? undefined : tokenConfiguration(settings, environment),
    oldVersionDays: settings.service_old_version_days,
    programs: `s3://${names.stateBucket}/${names.programs("*")}`,
    sharedRole: settings.codebuild_role_arn,
    failureTopic: `arn:<partition>:sns:<region>:<account>:${failureTopicName}`,
    failureEmail: names.failureEmail,
    repository: { owner: settings.pipeline_githubOwner, name: settings.pipeline_githubRepo },
    secretName,
    webhook: names.webhook,
    connection: names.connection,
    trigger: trigger(settings),
  };
}

/** As `stacks/constructs/connection-source.ts` synthesizes it. */
function trigger({ pipeline_ignore_paths: excludes, pipeline_githubBranch: branch }: Settings) {
  if (excludes.length === 0) return undefined;
  const push = [{ branches: { includes: [branch] }, file_paths: { excludes } }];
  return [
    { provider_type: "CodeStarSourceConnection", git_configuration: { source_action_name: "Source1", push } },
  ];
}

function policy(name: string): string {
  return `arn:<partition>:iam::<account>:policy/${name}`;
}

/** A text of a stack with `<partition>`, `<region>` and `<account>` in the place of what Terraform puts in. */
export function placed(text: string): string {
  return text
    .replace(/\$\{data\.aws_partition\.[\w-]+\.partition\}/g, "<partition>")
    .replace(/\$\{data\.aws_region\.[\w-]+\.name\}/g, "<region>")
    .replace(/\$\{data\.aws_caller_identity\.[\w-]+\.account_id\}/g, "<account>");
}
