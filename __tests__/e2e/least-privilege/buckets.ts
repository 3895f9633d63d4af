import {
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
} from "@aws-sdk/client-s3";
import { type Attempt, attempt, noRole, of, read, remove, s3, write } from "./attempt";

const STATE = "hw-rehearsal-artifacts-state";
const ARTIFACTS = "hw-rehearsal-artifacts";
const PROD = "hw-rehearsal-documents-prod";
const DEV = "hw-rehearsal-documents-dev";

const open = (Bucket: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: `arn:aws:s3:::${Bucket}/*` },
    ],
  });

/** The settings of a bucket. @param owner the roles that are allowed to change them */
function settings(Bucket: string, owner: readonly string[], lifecycle: readonly string[]): Attempt[] {
  const arn = `arn:aws:s3:::${Bucket}`;
  return [
    attempt(`remove ${Bucket}`, ["s3:DeleteBucket", arn], noRole, (to) =>
      s3(to).send(new DeleteBucketCommand({ Bucket })),
    ),
    attempt(`remove the policy of ${Bucket}`, ["s3:DeleteBucketPolicy", arn], noRole, (to) =>
      s3(to).send(new DeleteBucketPolicyCommand({ Bucket })),
    ),
    attempt(`let anyone read ${Bucket}`, ["s3:PutBucketPolicy", arn], owner, (to) =>
      s3(to).send(new PutBucketPolicyCommand({ Bucket, Policy: open(Bucket) })),
    ),
    attempt(`let ${Bucket} be public`, ["s3:PutBucketPublicAccessBlock", arn], owner, (to) =>
      s3(to).send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: {} })),
    ),
    attempt(`keep no versions in ${Bucket}`, ["s3:PutBucketVersioning", arn], owner, (to) =>
      s3(to).send(
        new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } }),
      ),
    ),
    attempt(`encrypt ${Bucket} with another key`, ["s3:PutEncryptionConfiguration", arn], owner, (to) =>
      s3(to).send(
        new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules: [] } }),
      ),
    ),
    attempt(`let all in ${Bucket} expire`, ["s3:PutLifecycleConfiguration", arn], lifecycle, (to) =>
      s3(to).send(
        new PutBucketLifecycleConfigurationCommand({
          Bucket,
          LifecycleConfiguration: {
            Rules: [{ ID: "mine", Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: 1 } }],
          },
        }),
      ),
    ),
  ];
}

/** A state, its lock, and a copy that a build saved. @param readers the steps that only plan the stack */
function state(stack: string, writers: readonly string[], readers: readonly string[]): Attempt[] {
  const key = `hw/${stack}.tfstate`;
  const kept = `errored/${stack}/abc.tfstate`;
  return [
    read(`read the state of ${stack}`, STATE, key, [...writers, ...readers, "diff"]),
    write(`write the state of ${stack}`, STATE, key, writers),
    remove(`remove the state of ${stack}`, STATE, key, noRole),
    write(`lock the state of ${stack}`, STATE, `${key}.tflock`, writers),
    remove(`remove the lock of ${stack}`, STATE, `${key}.tflock`, writers),
    write(`keep a state of ${stack}`, ARTIFACTS, kept, writers),
    // It contains secrets, and only the operator pushes it.
    read(`read a kept state of ${stack}`, ARTIFACTS, kept, noRole),
    remove(`remove a kept state of ${stack}`, ARTIFACTS, kept, noRole),
  ];
}

/** Each state belongs to the step that deploys its stack, the bucket to the operator. */
export const states: readonly Attempt[] = [
  ...state("state", noRole, noRole),
  ...state("pipeline", ["pipeline-SelfUpdate"], ["pipeline-CheckDrift"]),
  ...state("service-prod", ["pipeline-DeployOnProd"], ["pipeline-PlanOnProd", "pipeline-CheckDrift"]),
  ...state("service-dev", ["pipeline-DeployOnDev"], noRole),
  ...settings(STATE, noRole, noRole),
  attempt(
    "remove an old version of a state",
    ["s3:DeleteObjectVersion", `arn:aws:s3:::${STATE}/hw/pipeline.tfstate`],
    noRole,
    (to, { stateVersion: VersionId }) =>
      s3(to).send(new DeleteObjectCommand({ Bucket: STATE, Key: "hw/pipeline.tfstate", VersionId })),
  ),
];

/** The steps that run what the deployed pipeline pins; the scheduled build does, too. */
const privileged = [
  "CheckBuild",
  "DeployOnDev",
  "PlanOnProd",
  "DeployOnProd",
  "VerifyProd",
  "SelfUpdate",
].map((step) => `pipeline-${step}`);

/** What a commit is checked with and compared with, out of reach of the step that runs the commit's code. */
export const judges: readonly Attempt[] = [
  read("read the pinned programs", STATE, "hw/programs/abc.zip", [...privileged, "pipeline-CheckDrift"]),
  write("replace the pinned programs", STATE, "hw/programs/abc.zip", ["pipeline-SelfUpdate"]),
  remove("remove the pinned programs", STATE, "hw/programs/abc.zip", noRole),
  read("read the definition", STATE, "hw/pipeline.definition.json", [
    "pipeline-CheckBuild",
    "pipeline-SelfUpdate",
    "pipeline-CheckDrift",
    "diff",
  ]),
  write("replace the definition", STATE, "hw/pipeline.definition.json", ["pipeline-SelfUpdate"]),
  remove("remove the definition", STATE, "hw/pipeline.definition.json", noRole),
  ...["hw/provenance/abc/def.json", "hw/provenance/sbom/abc.cdx.json"].flatMap((key) => [
    read(`read ${key}`, STATE, key, ["pipeline-DeployOnProd"]),
    write(`write ${key}`, STATE, key, ["pipeline-CheckBuild"]),
    remove(`remove ${key}`, STATE, key, noRole),
  ]),
  write("say what is in production", STATE, "hw/deployments/abc/def.json", ["pipeline-DeployOnProd"]),
  read("read the deployed stack", STATE, "hw/deployments/service-prod.tf.json", ["pipeline-CheckDrift"]),
  write("hide drift", STATE, "hw/drift.json", ["pipeline-CheckDrift"]),
  remove("remove what drift was found", STATE, "hw/drift.json", noRole),
  remove("remove what was deployed", STATE, "hw/deployments/abc/def.json", noRole),
];

const artifact = (name: string) => `hw-pipeline/${name}/abcdefg`;

/** A step reads its inputs and writes its output. The pipeline itself reads and writes all of them. */
export const artifacts: readonly Attempt[] = [
  read("read a source", ARTIFACTS, artifact("Source"), [
    "pipeline",
    "pipeline-UnitTest",
    "pipeline-CheckBuild",
    "pipeline-PlanOnProd",
  ]),
  read("read a build", ARTIFACTS, artifact("Build"), ["pipeline", "pipeline-IntegrationTest", ...privileged]),
  read("read a plan", ARTIFACTS, artifact("Plan"), ["pipeline", "pipeline-DeployOnProd"]),
  write("replace a source", ARTIFACTS, artifact("Source"), ["pipeline"]),
  write("replace a build", ARTIFACTS, artifact("Build"), ["pipeline", "pipeline-UnitTest"]),
  write("replace a plan", ARTIFACTS, artifact("Plan"), ["pipeline", "pipeline-PlanOnProd"]),
  remove("remove a build", ARTIFACTS, artifact("Build"), noRole),
  ...settings(ARTIFACTS, noRole, ["pipeline-SelfUpdate"]),
];

/** The documents of an environment belong to its functions, the settings of the bucket to the step that deploys it. */
function documents(bucket: string, environment: string, step: string): Attempt[] {
  const [api, recorder] = [`${environment}-api`, `${environment}-record-object`];
  // IntegrationTest checks that a document that the API has stored is in the bucket of dev.
  const tester = environment === "dev" ? ["pipeline-IntegrationTest"] : [];
  const inFunction = (of_: string) => ({
    "lambda:SourceFunctionArn": of("lambda", `function:hw-${of_}-api`),
  });
  const [own, other] = [environment, environment === "dev" ? "prod" : "dev"].map(inFunction);
  return [
    read(`read a document of ${environment}`, bucket, "documents/abc", [api, recorder, ...tester], own),
    write(`write a document of ${environment}`, bucket, "documents/abc", [api], own),
    remove(`remove a document of ${environment}`, bucket, "documents/abc", [api], own),
    read(`read metadata of ${environment}`, bucket, "metadata/abc", [api, recorder], own),
    write(`write metadata of ${environment}`, bucket, "metadata/abc", [recorder], own),
    remove(`remove metadata of ${environment}`, bucket, "metadata/abc", [api, recorder], own),
    read(`read something else of ${environment}`, bucket, "abc", noRole, own),
    // A principal that can assume a function's role has no access: only the session of the function itself has.
    read(`read a document of ${environment} outside of a function`, bucket, "documents/abc", tester),
    write(`write a document of ${environment} outside of a function`, bucket, "documents/abc", noRole),
    remove(`remove a document of ${environment} outside of a function`, bucket, "documents/abc", noRole),
    read(`read a document of ${environment} in another's function`, bucket, "documents/abc", tester, other),
    write(`write a document of ${environment} in another's function`, bucket, "documents/abc", noRole, other),
    ...settings(bucket, [step], [step]),
  ];
}

export const data: readonly Attempt[] = [
  ...documents(PROD, "prod", "pipeline-DeployOnProd"),
  ...documents(DEV, "dev", "pipeline-DeployOnDev"),
];
