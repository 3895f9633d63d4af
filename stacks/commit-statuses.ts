import type { Construct } from "constructs";
import type { Settings } from "../settings";
import { CommitStatuses } from "./constructs/commit-statuses";
import type { ServiceRole } from "./constructs/service-role";
import type { Arns } from "./iam/arns";
import { commitStatusPermissions } from "./iam/commit-statuses";
import { functionTrust } from "./iam/function-roles";
import type { Pinned } from "./pipeline/pinned";
import type { Stage } from "./pipeline/stages";

interface CommitStatusOptions {
  readonly settings: Settings;
  readonly stages: readonly Stage[];
  readonly pinned: Pinned;
  readonly topicArn: string;
  /** The role that deploys this: it needs its permissions before it creates the function. */
  readonly deployedBy: ServiceRole | undefined;
}

/** Sets a commit status on GitHub for each stage of the pipeline. */
export function commitStatuses(
  stack: Construct,
  arns: Arns,
  { settings, stages, pinned, topicArn, deployedBy }: CommitStatusOptions,
): void {
  const { names } = arns;
  // A source action ends within seconds, and an approval has a status of its own.
  const quick = stages.filter(
    ({ actions: [first] }) => first?.kind === "source" || first?.kind === "approval",
  );
  new CommitStatuses(stack, "commit-statuses", {
    name: names.commitStatuses,
    pipelineName: names.pipeline,
    role: {
      trust: functionTrust,
      statements: commitStatusPermissions(arns),
      permissionsBoundary: arns.boundary,
    },
    programs: { bucket: names.stateBucket, key: names.programs(pinned.programs) },
    environment: {
      REPOSITORY: `${settings.pipeline_githubOwner}/${settings.pipeline_githubRepo}`,
      QUICK_STAGES: quick.map(({ name }) => name).join(","),
    },
    alarmName: names.commitStatusAlarm,
    topicArn,
    dependsOn: deployedBy ? [deployedBy.policy] : [],
  });
}
