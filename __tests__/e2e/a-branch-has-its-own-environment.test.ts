import { ListPipelineExecutionsCommand } from "@aws-sdk/client-codepipeline";
import {
  DeleteRolePolicyCommand,
  IAMClient,
  paginateListRoles,
  PutRolePolicyCommand,
  SimulatePrincipalPolicyCommand,
} from "@aws-sdk/client-iam";
import { DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { smokeTest } from "../../rehearsal/src/smoke-test";
import { BRANCH, SETTINGS } from "../../rehearsal/src/session";
import { asEnvironment } from "../../settings";
import { branchSettings } from "../../tasks/branches/settings";
import { ACCOUNT, REGION } from "../../rehearsal/__tests__/ministack/fixture";
import { settingsWith } from "../support/settings";
import { inventory } from "./least-privilege/inventory";
import { commitStatuses } from "./commit-statuses";
import { Harness } from "./harness";
import { restore } from "./saved-world/restore";

/** The main pipeline, two branch environments and a branch pipeline. Each is created and deleted. */
jest.setTimeout(15 * 60_000);

const settings = settingsWith({ ...SETTINGS, pipeline_branches: "develop=dev,release/*=stage" });
/** Two branches with almost the same name. */
const [LOGIN, OTHER_LOGIN] = ["feature/login", "feature-login"];
/** A branch that matches pipeline_branches. */
const RELEASE = "release/1.0";
const nameOf = (branch: string) => branchSettings(settings, branch).hw_stack_name;
const PIPELINE = `${nameOf(RELEASE)}-pipeline`;

let harness: Harness;
let before: Awaited<ReturnType<typeof everything>>;

beforeAll(async () => {
  harness = await restore(Harness, "bootstrapped", {
    pipeline_branches: asEnvironment(settings).pipeline_branches,
  });
  const { workstation, github } = harness.session;
  await workstation.git("remote", "set-url", "origin", github.gitUrl);
  // The checkout may be on any branch.
  await workstation.git("switch", "--quiet", "--force-create", BRANCH);
  // What the main pipeline does with a commit is not part of this test.
  await harness.holdBefore("UnitTest");
  await harness.push();
  await executions("hw-pipeline", 2);
  before = await everything();
});

afterAll(() => harness?.stop());

/** Runs `npm run env -- ARGS`. */
async function env(
  args: readonly string[],
  input?: string,
  variables?: Readonly<Record<string, string>>,
): Promise<{ code: number; output: string }> {
  const { code, output } = await harness.npm("env", args, input, variables);
  return { code, output };
}

async function up(branch: string): Promise<string> {
  const { code, output } = await env(["up"]);
  if (code !== 0) throw new Error(output);
  return new RegExp(`${branch} is deployed: (http\\S+)`).exec(output)?.[1] ?? output;
}

/** Creates a branch from main, with one commit. */
async function createBranch(branch: string): Promise<string> {
  const { workstation } = harness.session;
  await workstation.git("switch", "--quiet", "--create", branch, "main");
  await workstation.git("commit", "--quiet", "--allow-empty", "--message", `Start ${branch}`);
  return workstation.head();
}

/** Waits until a pipeline has so many executions. @returns their commits, the newest first */
function executions(pipelineName: string, atLeast: number): Promise<(string | undefined)[]> {
  return harness.eventually(`${pipelineName} has ${atLeast} executions`, async () => {
    const { pipelineExecutionSummaries = [] } = await harness.codepipeline.send(
      new ListPipelineExecutionsCommand({ pipelineName }),
    );
    const ready = pipelineExecutionSummaries.filter(
      ({ sourceRevisions, status }) => sourceRevisions?.length || status === "Failed",
    );
    return ready.length >= atLeast && ready.map(({ sourceRevisions }) => sourceRevisions?.[0]?.revisionId);
  });
}

/** Returns what is in the account and on GitHub, except the history of builds and executions. */
async function everything() {
  const { builds: _, executions: __, objects, ...rest } = await inventory(harness.client);
  const { api } = harness.session.github;
  const hooks = await fetch(
    `${api}repos/${SETTINGS.pipeline_githubOwner}/${SETTINGS.pipeline_githubRepo}/hooks`,
    { headers: { Authorization: `Bearer ${harness.session.githubToken}` } },
  );
  return {
    ...rest,
    // The main pipeline keeps writing artifacts.
    objects: objects.filter((one) => !one.startsWith(`${SETTINGS.pipeline_bucket_name}/`)),
    hooks: ((await hooks.json()) as { id: number }[]).map(({ id }) => id),
  };
}

/** Returns one resource of each kind of an environment, with an action on it. */
function resources(stackName: string, bucket: string, environment: string): (readonly [string, string])[] {
  const regional = (service: string, resource: string) =>
    `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
  const state = `arn:aws:s3:::${settings.pipeline_state_bucket_name}/${stackName}`;
  const service = `${stackName}-${environment}`;
  return [
    ...["GetObject", "PutObject", "DeleteObject"].flatMap((action) => [
      [`s3:${action}`, `arn:aws:s3:::${bucket}-${environment}/documents/a`] as const,
      [`s3:${action}`, `arn:aws:s3:::${bucket}-${environment}/metadata/a`] as const,
    ]),
    ["s3:ListBucket", `arn:aws:s3:::${bucket}-${environment}`],
    ["s3:PutBucketPolicy", `arn:aws:s3:::${bucket}-${environment}`],
    ["s3:GetObject", `${state}/service-${environment}.tfstate`],
    ["s3:PutObject", `${state}/service-${environment}.tfstate`],
    ["s3:PutObject", `${state}/pipeline.tfstate`],
    ["s3:DeleteObject", `${state}/pipeline.tfstate.tflock`],
    ["lambda:UpdateFunctionCode", regional("lambda", `function:${service}-api`)],
    ["lambda:GetFunction", regional("lambda", `function:${service}-api`)],
    ["iam:PutRolePolicy", `arn:aws:iam::${ACCOUNT}:role/${service}-api`],
    ["iam:DeleteRole", `arn:aws:iam::${ACCOUNT}:role/${service}-api`],
    ["iam:PassRole", `arn:aws:iam::${ACCOUNT}:role/${service}-api`],
    ["iam:DeleteRole", `arn:aws:iam::${ACCOUNT}:role/${stackName}-pipeline-UnitTest`],
    ["iam:GetRole", `arn:aws:iam::${ACCOUNT}:role/${stackName}-pipeline-UnitTest`],
    ["logs:DeleteLogGroup", regional("logs", `log-group:/aws/lambda/${service}-api`)],
    ["logs:DeleteLogGroup", regional("logs", `log-group:/aws/codebuild/${stackName}-UnitTest`)],
    ["logs:PutLogEvents", regional("logs", `log-group:/aws/lambda/${service}-api:log-stream:a`)],
    ["codebuild:UpdateProject", regional("codebuild", `project/${stackName}-UnitTest`)],
    ["codebuild:StartBuild", regional("codebuild", `project/${stackName}-UnitTest`)],
    ["codepipeline:UpdatePipeline", regional("codepipeline", `${stackName}-pipeline`)],
    ["codepipeline:StartPipelineExecution", regional("codepipeline", `${stackName}-pipeline`)],
    ["cloudwatch:DeleteAlarms", regional("cloudwatch", `alarm:${stackName}-UnitTest-failed`)],
    ["events:PutRule", regional("events", `rule/${stackName}-pipeline-failed`)],
    ["ssm:GetParameters", regional("ssm", `parameter/${stackName}/pipeline_githubBranch`)],
  ];
}

/** Returns what roles are allowed to do with the resources of an environment. */
async function allowed(
  roles: readonly string[],
  [name, bucket, environment]: readonly [string, string, string],
) {
  const iam = new IAMClient(harness.client);
  const found: string[] = [];
  for (const role of roles) {
    for (const [action, resource] of resources(name, bucket, environment)) {
      const { EvaluationResults } = await iam.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: `arn:aws:iam::${ACCOUNT}:role/${role}`,
          ActionNames: [action],
          ResourceArns: [resource],
          // The boundary of functions allows only the session of the function itself.
          ContextEntries: [
            {
              ContextKeyName: "lambda:SourceFunctionArn",
              ContextKeyType: "string",
              ContextKeyValues: [`arn:aws:lambda:${REGION}:${ACCOUNT}:function:${role}`],
            },
          ],
        }),
      );
      if (EvaluationResults?.[0]?.EvalDecision === "allowed") found.push(`${role} ${action} ${resource}`);
    }
  }
  return found;
}

async function rolesOf(name: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { Roles = [] } of paginateListRoles({ client: new IAMClient(harness.client) }, {}))
    names.push(...Roles.map(({ RoleName }) => RoleName!).filter((role) => role.startsWith(`${name}-`)));
  return names;
}

async function stateKeys(): Promise<string[]> {
  const { Contents = [] } = await new S3Client({ ...harness.client, forcePathStyle: true }).send(
    new ListObjectsV2Command({ Bucket: settings.pipeline_state_bucket_name, Prefix: "hw_" }),
  );
  return Contents.map(({ Key }) => Key!);
}

const health = async (url: string) =>
  (await (await fetch(`${url}/health`)).json()) as Record<"commit" | "versionCommit" | "environment", string>;

const urls: Record<string, string> = {};
const commits: Record<string, string> = {};

describe("a branch environment", () => {
  it("answers with its commit at its own URL", async () => {
    commits[LOGIN] = await createBranch(LOGIN);
    urls[LOGIN] = await up(LOGIN);
    await smokeTest(urls[LOGIN], "dev", commits[LOGIN]);
  });

  it("shares neither documents nor states with another one", async () => {
    commits[OTHER_LOGIN] = await createBranch(OTHER_LOGIN);
    urls[OTHER_LOGIN] = await up(OTHER_LOGIN);
    await smokeTest(urls[OTHER_LOGIN], "dev", commits[OTHER_LOGIN]);
    expect(await health(urls[LOGIN]!)).toMatchObject({ commit: commits[LOGIN] });
    await fetch(`${urls[LOGIN]}/documents/mine`, { method: "PUT", body: "mine" });
    expect((await fetch(`${urls[OTHER_LOGIN]}/documents/mine`)).status).toBe(404);
    const keys = [LOGIN, OTHER_LOGIN].flatMap((branch) =>
      ["service-dev", "state"].map((stack) => `${nameOf(branch)}/${stack}.tfstate`),
    );
    expect(await stateKeys()).toEqual(keys.sort());
  });

  it("answers with a later commit too, if that changes no function", async () => {
    const { workstation } = harness.session;
    const versionCommit = commits[OTHER_LOGIN];
    await workstation.git("commit", "--quiet", "--allow-empty", "--message", "Change nothing");
    commits[OTHER_LOGIN] = await workstation.head();
    await up(OTHER_LOGIN);
    expect(await health(urls[OTHER_LOGIN]!)).toMatchObject({ commit: commits[OTHER_LOGIN], versionCommit });
  });

  it("is not deployed while another branch is checked out", async () => {
    const { code, output } = await env(["up", LOGIN]);
    expect(code).toBe(1);
    expect(output).toContain(`git switch ${LOGIN}`);
  });
});

describe("a branch that matches pipeline_branches", () => {
  it("gets no pipeline while it is not on GitHub", async () => {
    commits[RELEASE] = await createBranch(RELEASE);
    const { code, output } = await env(["up"]);
    expect(code).toBe(1);
    expect(output).toContain(`git push --set-upstream origin ${RELEASE}`);
  });

  it("gets a pipeline that delivers it to stage, without an approval", async () => {
    await harness.session.workstation.push(RELEASE);
    const { code, output } = await env(["up"]);
    expect({ code, output }).toMatchObject({ code: 0 });
    await harness.eventually("the branch pipeline succeeds", async () => {
      const { pipelineExecutionSummaries: [first] = [] } = await harness.codepipeline.send(
        new ListPipelineExecutionsCommand({ pipelineName: PIPELINE }),
      );
      if (first?.status === "Failed") throw new Error(await harness.log({ id: first.pipelineExecutionId! }));
      return first?.status === "Succeeded";
    });
    expect(harness.approvals).toEqual([]);
    const { output: listed } = await env(["list"]);
    urls[RELEASE] =
      new RegExp(`^${RELEASE}: stage, .*(http\\S+), delivered by ${PIPELINE}$`, "m").exec(listed)?.[1] ??
      listed;
    expect(await health(urls[RELEASE])).toMatchObject({ commit: commits[RELEASE], environment: "stage" });
    expect(listed).toMatch(
      new RegExp(`^${LOGIN}: dev, since 20\\S+Z, ${urls[LOGIN]}, .*, its branch is not on origin$`, "m"),
    );
  });

  it("has a commit status on GitHub for each stage", async () => {
    // EventBridge does not keep the order of events, so a stage may get its status after the next one.
    const stages = ["IntegrationTest", "Source1", "UnitTest"];
    const found = await harness.eventually("each stage has its last status", async () => {
      const statuses = await commitStatuses(harness, commits[RELEASE]!, PIPELINE);
      return stages.every((stage) => statuses[stage]?.includes("success: Succeeded")) ? statuses : undefined;
    });
    expect(Object.keys(found).toSorted()).toEqual(stages);
  });

  it.each([
    ["release/*=dev", `${RELEASE} is deployed to stage and would move to dev`],
    ["", `${RELEASE} has a pipeline, but pipeline_branches no longer matches it`],
  ])("stays as it is when pipeline_branches is changed to %j", async (pipeline_branches, why) => {
    const { code, output } = await env(["up"], "", { pipeline_branches });
    expect(code).toBe(1);
    expect(output).toContain(`${why}. Remove its environment first: npm run env -- down ${RELEASE}`);
  });

  it("is delivered when it is pushed, and not when main is pushed", async () => {
    const [main, own] = [await executions("hw-pipeline", 0), await executions(PIPELINE, 1)];
    const { workstation } = harness.session;
    // The delivery itself was tested above.
    await harness.holdBefore("UnitTest", PIPELINE);
    await workstation.git("commit", "--quiet", "--allow-empty", "--message", "Continue the release");
    await workstation.push(RELEASE);
    expect(await executions(PIPELINE, own.length + 1)).toEqual([await workstation.head(), ...own]);
    await workstation.git("switch", "--quiet", "main");
    await workstation.git("commit", "--quiet", "--allow-empty", "--message", "Continue main");
    await workstation.push("main");
    expect(await executions("hw-pipeline", main.length + 1)).toEqual([await workstation.head(), ...main]);
    expect(await executions(PIPELINE, 0)).toHaveLength(own.length + 1);
  });
});

it("no role of an environment has access to another one or to main, whatever the branch grants it", async () => {
  const branches = [LOGIN, OTHER_LOGIN, RELEASE].map((branch) => {
    const own = branchSettings(settings, branch);
    return [own.hw_stack_name, own.hw_stack_bucket_name, own.pipeline_environment] as const;
  });
  const main = ["dev", "prod"].map(
    (environment) => ["hw", settings.hw_stack_bucket_name, environment] as const,
  );
  const roles = new Map<string, string[]>();
  for (const [name] of [...branches, main[0]!]) roles.set(name, await rolesOf(name));
  expect([...roles.values()].map(({ length }) => length > 1)).toEqual([true, true, true, true]);
  // A commit of the release could make SelfUpdate do this.
  const generous = { RoleName: `${PIPELINE}-UnitTest`, PolicyName: "more" };
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action: "*", Resource: "*" },
  });
  const iam = new IAMClient(harness.client);
  await iam.send(new PutRolePolicyCommand({ ...generous, PolicyDocument }));
  for (const environment of [...branches, ...main]) {
    const others = [...roles].filter(([name]) => name !== environment[0]).flatMap(([, own]) => own);
    expect(await allowed(others, environment)).toEqual([]);
    // The environment's own roles are allowed to.
    expect((await allowed(roles.get(environment[0])!, environment)).length).toBeGreaterThan(3);
  }
  await iam.send(new DeleteRolePolicyCommand(generous));
});

describe("the code of a branch", () => {
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "branch-"));
    await harness.session.workstation.git("switch", "--quiet", LOGIN);
  });
  afterEach(() => harness.session.workstation.git("restore", "."));
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await harness.session.workstation.git("switch", "--quiet", "main");
  });

  it("is listed before it runs, and gets none of the operator's credentials", async () => {
    const dump = join(folder, "environment");
    harness.edit(
      "main.ts",
      (code) => `require("node:fs").writeFileSync("${dump}", JSON.stringify(process.env));\n${code}`,
    );
    const refused = await env(["up"], "yes\n");
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.output).toMatch(/They run with your AWS credentials.*:\n {2}main\.ts\n/);
    expect(refused.output).toContain("Nothing was deployed.");
    expect(existsSync(dump)).toBe(false);

    const { code, output } = await env(["up"], `${LOGIN}\n`);
    expect({ code, output }).toMatchObject({ code: 0 });
    const stolen = readFileSync(dump, "utf8");
    expect(stolen).toContain(nameOf(LOGIN));
    const { AWS_SECRET_ACCESS_KEY: key } = harness.session.workstation.environment();
    for (const secret of [key!, harness.session.githubToken]) expect(stolen).not.toContain(secret);
  });

  it("does not run when its stacks come from a folder: they are checked, shown and deployed as data", async () => {
    const { workstation } = harness.session;
    const { output: own } = await env(["settings", LOGIN]);
    const variables: NodeJS.ProcessEnv = {};
    for (const line of own.trim().split("\n")) {
      const [name = "", ...value] = line.split("=");
      variables[name] = value.join("=");
    }
    const from = join(folder, "cdktf.out");
    harness.edit("stacks/functions.ts", (text) =>
      text.replace("memoryMegabytes: 256", "memoryMegabytes: 512"),
    );
    const { code: synthesized, output: errors } = await harness.npm("synth", [], undefined, {
      ...variables,
      CDKTF_OUTDIR: from,
    });
    expect([synthesized, synthesized === 0 ? "" : errors]).toEqual([0, ""]);
    await workstation.git("restore", ".");
    await workstation.git("switch", "--quiet", "main");

    const there = await everything();
    const stack = join(from, "stacks/service-dev/cdk.tf.json");
    const original = readFileSync(stack, "utf8");
    const data = { external: { x: { program: ["sh", "-c", `env > ${folder}/terraform-environment`] } } };
    writeFileSync(stack, JSON.stringify({ ...(JSON.parse(original) as object), data }, null, 2));
    const refused = await env(["up", LOGIN, "--from", from], `${LOGIN}\n`);
    expect(refused.output).toContain('data has "external"');
    expect(refused).toMatchObject({ code: 1 });
    expect(existsSync(join(folder, "terraform-environment"))).toBe(false);
    expect(await everything()).toEqual(there);

    writeFileSync(stack, original);
    const asked = await env(["up", LOGIN, "--from", from], "no\n");
    expect(asked).toMatchObject({ code: 1 });
    expect(asked.output).toMatch(
      /differs from that of this clone in:\n(.*\n)* {2}resource\.aws_lambda_function/,
    );
    expect(await everything()).toEqual(there);
    const { code, output } = await env(["up", LOGIN, "--from", from], `${LOGIN}\n`);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(await everything()).not.toEqual(there);
  });
});

describe("npm run env -- down", () => {
  it.each(["dev", "prod", "main"])("refuses %s, which belongs to the main pipeline", async (name) => {
    const there = await everything();
    const { code, output } = await env(["down", name], `${name}\n`);
    expect(code).toBe(1);
    expect(output).toContain("dev and prod");
    expect(await everything()).toEqual(there);
  });

  it.each(["", "no\n", "yes\n"])(
    "asks for confirmation, and changes nothing when the answer is %j",
    async (typed) => {
      const there = await everything();
      const { code, output } = await env(["down", LOGIN], typed);
      expect(code).toBe(1);
      expect(output).toMatch(/the bucket hw-rehearsal-documents-feature-login-\w+-dev with all documents/);
      expect(output).toContain("Nothing was removed.");
      expect(await everything()).toEqual(there);
    },
  );

  it("removes nothing while a state is locked, whatever is answered", async () => {
    const s3 = new S3Client({ ...harness.client, forcePathStyle: true });
    const lock = {
      Bucket: settings.pipeline_state_bucket_name,
      Key: `${nameOf(LOGIN)}/service-dev.tfstate.tflock`,
    };
    const Body = JSON.stringify({ ID: "1", Operation: "OperationTypeApply", Who: "a@b", Created: "now" });
    await s3.send(new PutObjectCommand({ ...lock, Body }));
    const there = await everything();
    const { code, output } = await env(["down", LOGIN], `${LOGIN}\n`);
    expect(code).toBe(1);
    expect(output).toContain("Nothing was removed: the state of service-dev is locked since now by a@b");
    expect(await everything()).toEqual(there);
    // The message names this command.
    const own = (await env(["settings", LOGIN])).output.matchAll(/^(\w+)=(.*)$/gm);
    expect(Object.fromEntries([...own].map(([, name, value]) => [name, value]))).toEqual(
      asEnvironment(branchSettings(settings, LOGIN)),
    );
    await s3.send(new DeleteObjectCommand(lock));
  });

  it("removes everything of a branch, its documents included, and nothing of another one", async () => {
    const { code, output } = await env(["down", LOGIN], `${LOGIN}\n`);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(JSON.stringify(await everything())).not.toMatch(new RegExp(nameOf(LOGIN).replaceAll("_", "[_-]")));
    expect(await health(urls[OTHER_LOGIN]!)).toMatchObject({ commit: commits[OTHER_LOGIN] });
  });

  it("removes the environments of deleted branches", async () => {
    const { code, output } = await env(["down", "--gone"], `${OTHER_LOGIN}\n`);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toContain(`Removed ${nameOf(OTHER_LOGIN)}.`);
    expect(await health(urls[RELEASE]!)).toMatchObject({ commit: commits[RELEASE] });
  });

  it("removes a branch pipeline too, and leaves the account as it was before", async () => {
    const { code, output } = await env(["down", RELEASE], `${RELEASE}\n`);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(await everything()).toEqual(before);
    expect((await env(["list"])).output).toContain("No branch has an environment.");
  });
});
