import {
  approvalStage,
  deploysTag,
  failureTopicName,
  liveAlias,
  metricNamespace,
  namesOf,
  namesOfStack,
  parseStateKey,
  productionApiTag,
  stackIds,
} from "../../stacks/names";
import { settingsWith } from "../support/settings";

it("the names that follow from the stack name alone are those of the settings", () => {
  const names = namesOf(settingsWith({ hw_stack_name: "hw_develop", pipeline_environment: "dev" }));
  const ofStack = namesOfStack("hw_develop");
  expect(ofStack.pipeline).toBe(names.pipeline);
  expect(ofStack.project("UnitTest")).toBe(names.project("UnitTest"));
  expect(ofStack.parameter("hw_stack_name")).toBe(names.parameter("hw_stack_name"));
  expect(ofStack.stateKey(stackIds.state)).toBe(names.stateKey(stackIds.state));
});

it.each([stackIds.state, stackIds.pipeline, stackIds.service("dev")])(
  "the key of the state of %s names its stack",
  (stackId) => {
    const key = namesOfStack("hw_develop").stateKey(stackId);
    expect(key).toBe(`hw_develop/${stackId}.tfstate`);
    expect(parseStateKey(key)).toEqual({ stackName: "hw_develop", stackId });
  },
);

it.each([
  "hw/state.tfstate.tflock",
  "hw/programs/0.zip",
  "hw/a/state.tfstate",
  "state.tfstate",
  "hw/.tfstate",
])("%s is not the key of a state", (key) => {
  expect(parseStateKey(key)).toBeUndefined();
});

describe("the names with which an earlier commit was deployed", () => {
  const names = namesOf(settingsWith());

  // Terraform would replace what has another name, and the permissions of a deployed role do not cover it.
  it("stay those of each resource of the stack", () => {
    expect(names).toMatchObject({
      environments: ["dev", "prod"],
      branches: "hw_",
      pipeline: "hw-pipeline",
      pipelineRole: "hw-pipeline",
      webhook: "hw-push",
      releaseLogGroup: "/aws/codepipeline/hw-pipeline",
      failedExecutionRule: "hw-pipeline-failed",
      failedExecutionRole: "hw-pipeline-failed",
      lostNotificationAlarm: "hw-notification-failed",
      changeRule: "hw-changes",
      iamChangeRule: "hw-iam-changes",
      approvalRule: "hw-approvals",
      approvalLogGroup: "/aws/events/hw-approvals",
      lostChangeAlarm: "hw-changes-not-notified",
      lostApprovalAlarm: "hw-approvals-not-logged",
      failureKeyAlias: "alias/hw-failures",
      boundary: "hw-boundary",
      sharedFunctionBoundary: "hw-function-boundary",
      approvers: "hw-approvers",
      diffRole: "hw-diff",
      accessLogPolicy: "hw-access-logs",
      parameterFolder: "/hw",
      repositoryParameter: "/hw/github_repository",
      productionApi: "hw-prod",
      stateBucket: "acme-heavy-water-artifacts-state",
      artifactBucket: "acme-heavy-water-artifacts",
      stateFolder: "hw",
      pipelineDefinition: "hw/pipeline.definition.json",
    });
  });

  it("stay those of the stacks, and of what they have in common", () => {
    expect([stackIds.state, stackIds.pipeline, stackIds.service("dev")]).toEqual([
      "state",
      "pipeline",
      "service-dev",
    ]);
    expect({
      failureTopicName,
      liveAlias,
      metricNamespace,
      productionApiTag,
      deploysTag,
      approvalStage,
    }).toEqual({
      failureTopicName: "hw-codebuild-failed-sns",
      liveAlias: "live",
      metricNamespace: "HeavyWater",
      productionApiTag: "hw_api",
      deploysTag: "deploys",
      approvalStage: "ManualApproval",
    });
  });

  it("stay those of each step", () => {
    expect(names.project("UnitTest")).toBe("hw-UnitTest");
    expect(names.stepRole("UnitTest")).toBe("hw-pipeline-UnitTest");
    expect(names.alarm("UnitTest")).toBe("hw-UnitTest-failed");
    expect(names.buildLogGroup("UnitTest")).toBe("/aws/codebuild/hw-UnitTest");
    expect(names.parameter("hw_stack_name")).toBe("/hw/hw_stack_name");
  });

  it("stay those of each environment", () => {
    expect(names.service("dev")).toBe("hw-dev");
    expect(names.serviceBucket("dev")).toBe("acme-heavy-water-dev");
    expect(names.functionBoundary("dev")).toBe("hw-function-boundary-dev");
    expect(names.deadLetterQueue("dev")).toBe("hw-dev-failed-events");
    expect(names.accessLogGroup("dev")).toBe("/aws/apigateway/hw-dev");
    expect(names.function("dev", "api")).toBe("hw-dev-api");
    expect(names.objectRule("dev", "record-object")).toBe("hw-dev-objects");
    expect(names.releaseAlarm("api", "errors")).toBe("hw-prod-api-errors");
  });

  it("stay those of each object in the buckets", () => {
    expect(names.stateKey("pipeline")).toBe("hw/pipeline.tfstate");
    expect(names.programs("0")).toBe("hw/programs/0.zip");
    expect(names.provenance("c", "0")).toBe("hw/provenance/c/0.json");
    expect(names.sbom("0")).toBe("hw/provenance/sbom/0.cdx.json");
    expect(names.deployment("c", "0")).toBe("hw/deployments/c/0.json");
    expect(names.erroredStates("pipeline")).toBe("errored/pipeline");
  });
});

describe("an existing bucket", () => {
  const names = namesOf(settingsWith({ service_existing_bucket_prod: "acme-documents" }));

  it("is the one of its environment alone", () => {
    expect(["dev", "prod"].map((environment) => names.serviceBucket(environment))).toEqual([
      "acme-heavy-water-dev",
      "acme-documents",
    ]);
    expect(["dev", "prod", "stage"].filter((environment) => names.hasExistingBucket(environment))).toEqual([
      "prod",
    ]);
    const dev = namesOf(settingsWith({ service_existing_bucket_dev: "acme-tests" }));
    expect(dev.serviceBucket("dev")).toBe("acme-tests");
  });
});

describe("a branch", () => {
  const names = namesOf(settingsWith({ hw_stack_name: "hw_a_b", pipeline_environment: "stage" }));

  it("has one environment, and the topics and the API of the pipeline that delivers to production", () => {
    expect(names).toMatchObject({
      isBranchPipeline: true,
      environments: ["stage"],
      productionApi: "hw-prod",
      approvalTopic: "hw-approvals",
      approvalKeyAlias: "alias/hw-approvals",
      pipeline: "hw_a_b-pipeline",
    });
  });
});
