import type { Settings } from "../../settings";
import type { Location } from "../constructs/account";
import type { Statement, TrustStatement } from "../constructs/policy";
import { definitionOf, functionNames } from "../functions";
import { failureTopicName, namesOf, type Environment, type Names } from "../names";
import { scheduledBuilds } from "../pipeline/scheduled-builds";
import { buildActions, stages, type Build, type StepName } from "../pipeline/stages";
import { accessLogPolicy } from "./access-logs";
import { Arns } from "./arns";
import { approverPermissions } from "./approvers";
import { boundary } from "./boundary";
import { commitStatusPermissions } from "./commit-statuses";
import { diffPermissions, diffTrust } from "./diff-role";
import { approvalLogPolicy, forwarderPermissions } from "./audit";
import { approvalTopicPolicy } from "./approval-topic";
import {
  failureKeyPolicy,
  failureTopicPolicy,
  notifierPermissions,
  notifierTrust,
  ownKeyPolicy,
} from "./failure-topic";
import { startCheckDrift } from "./check-drift";
import { functionBoundary, sharedFunctionBoundary } from "./function-boundary";
import { functionPermissions, functionTrust } from "./function-roles";
import { pipelinePermissions, pipelineTrust } from "./pipeline-role";
import { stepPermissions, stepTrust } from "./step-roles";

/** The statements of one role, resource or managed policy. */
export interface Policy {
  readonly title: string;
  /** The name of the role, the resource or the managed policy. */
  readonly name: string;
  /** Who uses it, and for a step what it allows in plain words. */
  readonly usedBy: string;
  /** Who is allowed to assume the role; undefined if it is not a role. */
  readonly trust?: readonly TrustStatement[];
  readonly statements: readonly Statement[];
}

/** Every policy in this folder; the functions' for one environment, since they differ in its name alone. */
export function policies(settings: Settings, at: Location, environment: Environment): Policy[] {
  const names = namesOf(settings);
  const arns = new Arns(at, names);
  // The settings change the order of the steps, which changes no permissions.
  const steps = buildActions(stages({ manualApproval: true, selfUpdateFirst: false }));
  return [
    {
      title: "The pipeline",
      name: names.pipelineRole,
      usedBy: "The pipeline uses it to pass artifacts, to start builds and to shift production's traffic.",
      trust: pipelineTrust,
      statements: pipelinePermissions(
        arns,
        steps.map(({ name }) => name),
        true,
      ),
    },
    {
      title: "Failed executions",
      name: names.failedExecutionRole,
      usedBy: "The rule on failed executions publishes with it.",
      trust: notifierTrust(arns, arns.failedExecutionRule),
      statements: notifierPermissions(arns),
    },
    ...(names.setsCommitStatuses
      ? [
          {
            title: "Commit statuses",
            name: names.commitStatuses,
            usedBy: "The function that sets a commit status on GitHub for each stage uses it.",
            trust: functionTrust,
            statements: commitStatusPermissions(arns),
          },
        ]
      : []),
    ...[...steps, ...scheduledBuilds(settings)].map((step) => stepRole(arns, step)),
    {
      title: "The schedule of CheckDrift",
      name: names.driftRule,
      usedBy: "The rule that starts CheckDrift uses it.",
      trust: notifierTrust(arns, arns.driftRule),
      statements: startCheckDrift(arns),
    },
    ...functionRoles(arns, environment),
    {
      title: "Pull requests",
      name: names.diffRole,
      usedBy: "The workflow plan.yml of the main branch uses it to show what a pull request would change.",
      trust: diffTrust(arns, exampleRepository(settings), settings.pipeline_githubBranch),
      statements: diffPermissions(arns),
    },
    {
      title: "The boundary",
      name: names.boundary,
      usedBy: "The roles of the pipeline and its steps have it, and can do no more than it allows.",
      statements: boundary(arns, { production: "<production's API>", tested: "<dev's API>" }),
    },
    {
      title: "The functions' boundary",
      name: names.functionBoundary(environment),
      usedBy: "The roles of an environment's functions have it, and can do no more than it allows.",
      statements: functionBoundary(arns, environment),
    },
    {
      title: "The functions' boundary before level 2",
      name: names.sharedFunctionBoundary,
      usedBy:
        "The roles of functions that were deployed before bootstrap level 2 have it until they are deployed again.",
      statements: sharedFunctionBoundary(arns),
    },
    {
      title: "Approvers",
      name: names.approvers,
      usedBy: "A managed policy for reviewers; the account's administrator attaches it.",
      statements: approverPermissions(arns),
    },
    ...changeRules(arns),
    ...failureTopic(arns, names),
    ...approvalTopic(arns, names),
    {
      title: "Access logs and approvals",
      name: names.accessLogPolicy,
      usedBy:
        "CloudWatch Logs' own policy: who is allowed to write the access logs of the APIs, and the log of approvals.",
      statements: [...accessLogPolicy(arns), ...approvalLogPolicy(arns)],
    },
  ];
}

function changeRules(arns: Arns): Policy[] {
  const { names } = arns;
  return [
    {
      title: "Changes by hand",
      name: names.changeRule,
      usedBy: "The rule on changes that the pipeline did not make publishes with it.",
      trust: notifierTrust(arns, arns.changeRule),
      statements: notifierPermissions(arns),
    },
    {
      title: "Changes in IAM",
      name: names.iamChangeRule,
      usedBy: "The rule in us-east-1 forwards IAM's events with it.",
      trust: notifierTrust(arns, arns.iamChangeRule),
      statements: forwarderPermissions(arns),
    },
  ];
}

/** The repository of the settings, with placeholders for the ids that only GitHub knows. */
function exampleRepository({ pipeline_githubOwner: owner, pipeline_githubRepo: repository }: Settings) {
  return {
    name: `${owner}/${repository}`,
    immutableName: `${owner}@<owner id>/${repository}@<repository id>`,
    id: "<repository id>",
  };
}

const stepUses: Record<StepName, string> = {
  UnitTest:
    "The build that runs the repository's code with all its dependencies uses it. It reads the source, and writes only its artifact and its own log.",
  CheckBuild:
    "The build that checks the artifact of UnitTest uses it. It reads roles, the execution's history and the deployed definition, and writes only provenance.",
  DeployOnDev:
    "The build that deploys the service to dev uses it. It creates, changes and deletes dev's functions, roles and log deliveries, creates and changes dev's API, bucket, queue, alarms and log groups, and reads and writes dev's state. It cannot change production's API, functions, bucket or state.",
  DeployOnStage: "The build that deploys the service to stage uses it, in a branch pipeline.",
  IntegrationTest:
    "The build that tests dev over HTTP and S3 uses it. It reads dev's documents, and writes only its own log.",
  PlanOnProd:
    "The build that plans the deployment to production uses it. It reads production's resources and state and the pipeline's executions, and writes only the plan and its own log.",
  DeployOnProd:
    "The build that deploys the service to production uses it. It creates, changes and deletes production's functions, roles, alarms and log deliveries, changes production's API, creates and changes its bucket, queue and log groups, and reads and writes production's state. It invokes new versions for their smoke test, and records deployments.",
  VerifyProd:
    "The build that verifies production after a release uses it. It asks production over HTTP, and moves the aliases of production's functions back to their previous versions. It reads no bucket with documents.",
  SelfUpdate:
    "The build that deploys the pipeline's own stack uses it. It creates, changes and deletes the pipeline's build projects, roles and alarms, changes the pipeline, its webhook, its rule, the retention of its artifacts and its log groups, and reads and writes the stack's state. It reads the GitHub token, and starts the pipeline.",
  CheckDrift:
    "The scheduled build that compares production and the pipeline with what was deployed uses it. It reads both and their states, with them the GitHub token, and writes only what it found last and its own log. It notifies the failure topic.",
};

function stepRole(arns: Arns, step: Build): Policy {
  return {
    title: step.name,
    name: arns.names.stepRole(step.name),
    usedBy: stepUses[step.name],
    trust: stepTrust(arns, step.name),
    statements: stepPermissions(arns, step),
  };
}

function functionRoles(arns: Arns, environment: Environment): Policy[] {
  return functionNames.map((name) => ({
    title: `The function ${name}`,
    name: arns.names.function(environment, name),
    usedBy: `The function that ${definitionOf(name).purpose} uses it.`,
    trust: functionTrust,
    statements: functionPermissions(arns, environment, name),
  }));
}

function failureTopic(arns: Arns, names: Names): Policy[] {
  return [
    {
      title: "The failure topic",
      name: failureTopicName,
      usedBy: "The topic's own policy: who is allowed to publish to it.",
      statements: failureTopicPolicy(arns),
    },
    {
      title: "The failure topic's key",
      name: names.failureKeyAlias,
      usedBy: "The key's own policy: who is allowed to use the key that encrypts the topic.",
      statements: failureKeyPolicy(arns),
    },
  ];
}

function approvalTopic(arns: Arns, names: Names): Policy[] {
  return [
    {
      title: "The approval topic",
      name: names.approvalTopic,
      usedBy: "The topic's own policy: who is allowed to publish to it.",
      statements: approvalTopicPolicy(arns),
    },
    {
      title: "The approval topic's key",
      name: names.approvalKeyAlias,
      usedBy: "The key's own policy: who is allowed to use the key that encrypts the topic.",
      statements: ownKeyPolicy(arns),
    },
  ];
}
