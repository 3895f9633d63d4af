import { ListPipelineExecutionsCommand } from "@aws-sdk/client-codepipeline";
import {
  DeleteRolePolicyCommand,
  IAMClient,
  paginateListRoles,
  PutRolePolicyCommand,
  SimulatePrincipalPolicyCommand,
} from "@aws-sdk/client-iam";
import { DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { smokeTest } from "../../rehearsal/src/smoke-test";
import { BRANCH, SETTINGS } from "../../rehearsal/src/session";
import { asEnvironment } from "../../settings";
import { branchSettings } from "../../tasks/branches/settings";
import { ACCOUNT, REGION } from "../../rehearsal/__tests__/ministack/fixture";
import { settingsWith } from "../support/settings";
import { inventory } from "./least-privilege/inventory";
import { PipelineRuns } from "./pipeline-runs";

/** Main's pipeline, two branches beside it, and one with a pipeline of its own: each up and down again. */
jest.setTimeout(15 * 60_000);

const settings = settingsWith({ ...SETTINGS, pipeline_branches: "develop=dev,release/*=stage" });
/** Two branches that read alike. */
const [LOGIN, LOGON] = ["feature/login", "feature-login"];
/** One that matches. */
const RELEASE = "release/1.0";
const nameOf = (branch: string) => branchSettings(settings, branch).hw_stack_name;
const PIPELINE = `${nameOf(RELEASE)}-pipeline`;

let runs: PipelineRuns;
let before: Awaited<ReturnType<typeof everything>>;

beforeAll(async () => {
  runs = await PipelineRuns.restored("bootstrapped", { pipeline_branches: settings.pipeline_branches! });
  const { workstation, github } = runs.session;
  await workstation.git("remote", "set-url", "origin", github.gitUrl);
  // The checkout may be on any branch.
  await workstation.git("switch", "--quiet", "--force-create", BRANCH);
  // What main's pipeline does with a commit is not looked at here.
  await runs.holdBefore("UnitTest");
  await runs.push();
  await executions("hw-pipeline", 2);
  before = await everything();
});

afterAll(() => runs?.stop());

/** `npm run env -- ARGS` with what a person types. Not synchronously: the AWS endpoint it asks is in this process. */
async function env(
  args: readonly string[],
  typed = "",
  changes: Readonly<Record<string, string>> = {},
): Promise<{ code: number; output: string }> {
  const { workstation } = runs.session;
  const child = spawn("npm", ["run", "--silent", "env", "--", ...args], {
    cwd: workstation.clone,
    env: { ...workstation.environment(), ...changes },
  });
  child.stdin.end(typed);
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await once(child, "close")) as [number];
  return { code, output: (await said).join("") };
}

async function up(branch: string): Promise<string> {
  const { code, output } = await env(["up"]);
  if (code !== 0) throw new Error(output);
  return new RegExp(`${branch} is deployed: (http\\S+)`).exec(output)?.[1] ?? output;
}

/** Begins a branch at main, with a commit of its own. */
async function begin(branch: string): Promise<string> {
  const { workstation } = runs.session;
  await workstation.git("switch", "--quiet", "--create", branch, "main");
  await workstation.git("commit", "--quiet", "--allow-empty", "--message", `Begin ${branch}`);
  return workstation.head();
}

/** The commits of a pipeline's executions, the newest first, once there are that many. */
async function executions(pipelineName: string, atLeast: number): Promise<(string | undefined)[]> {
  for (;;) {
    const { pipelineExecutionSummaries = [] } = await runs.codepipeline.send(
      new ListPipelineExecutionsCommand({ pipelineName }),
    );
    const ready = pipelineExecutionSummaries.filter(
      ({ sourceRevisions, status }) => sourceRevisions?.length || status === "Failed",
    );
    if (ready.length >= atLeast) return ready.map(({ sourceRevisions }) => sourceRevisions?.[0]?.revisionId);
    await Promise.race([pause(200), runs.session.broken]);
  }
}

/** What is in the account and on GitHub, but for what builds and executions are remembered, as AWS remembers them. */
async function everything() {
  const { builds: _, executions: __, objects, ...rest } = await inventory(runs.client);
  const { api } = runs.session.github;
  const hooks = await fetch(
    `${api}repos/${SETTINGS.pipeline_githubOwner}/${SETTINGS.pipeline_githubRepo}/hooks`,
    { headers: { Authorization: `Bearer ${runs.session.githubToken}` } },
  );
  return {
    ...rest,
    // Artifacts of main's pipeline, which goes on meanwhile.
    objects: objects.filter((one) => !one.startsWith(`${SETTINGS.pipeline_bucket_name}/`)),
    hooks: ((await hooks.json()) as { id: number }[]).map(({ id }) => id),
  };
}

/** What a name space has, one of each kind, and with what it is used. */
function things(stackName: string, bucket: string, environment: string): (readonly [string, string])[] {
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

/** Those of a name space's things that the roles of others may use, with the roles. */
async function reached(
  by: readonly string[],
  [name, bucket, environment]: readonly [string, string, string],
) {
  const iam = new IAMClient(runs.client);
  const found: string[] = [];
  for (const role of by) {
    for (const [action, resource] of things(name, bucket, environment)) {
      const { EvaluationResults } = await iam.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: `arn:aws:iam::${ACCOUNT}:role/${role}`,
          ActionNames: [action],
          ResourceArns: [resource],
          // As the code of the function whose role it is: the boundary of functions lets in nobody else.
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
  for await (const { Roles = [] } of paginateListRoles({ client: new IAMClient(runs.client) }, {}))
    names.push(...Roles.map(({ RoleName }) => RoleName!).filter((role) => role.startsWith(`${name}-`)));
  return names;
}

async function stateKeys(): Promise<string[]> {
  const { Contents = [] } = await new S3Client({ ...runs.client, forcePathStyle: true }).send(
    new ListObjectsV2Command({ Bucket: settings.pipeline_state_bucket_name, Prefix: "hw_" }),
  );
  return Contents.map(({ Key }) => Key!);
}

const health = async (url: string) =>
  (await (await fetch(`${url}/health`)).json()) as { commit: string; environment: string };

const urls: Record<string, string> = {};
const commits: Record<string, string> = {};

describe("a branch", () => {
  it("answers with its commit at an address of its own", async () => {
    commits[LOGIN] = await begin(LOGIN);
    urls[LOGIN] = await up(LOGIN);
    await smokeTest(urls[LOGIN], "dev", commits[LOGIN]);
  });

  it("has another one beside it, which knows nothing of it", async () => {
    commits[LOGON] = await begin(LOGON);
    urls[LOGON] = await up(LOGON);
    await smokeTest(urls[LOGON], "dev", commits[LOGON]);
    expect(await health(urls[LOGIN]!)).toMatchObject({ commit: commits[LOGIN] });
    await fetch(`${urls[LOGIN]}/documents/mine`, { method: "PUT", body: "mine" });
    expect((await fetch(`${urls[LOGON]}/documents/mine`)).status).toBe(404);
    const keys = [LOGIN, LOGON].flatMap((branch) =>
      ["service-dev", "state"].map((stack) => `${nameOf(branch)}/${stack}.tfstate`),
    );
    expect(await stateKeys()).toEqual(keys.sort());
  });

  it("is not deployed while another one is checked out", async () => {
    const { code, output } = await env(["up", LOGIN]);
    expect(code).toBe(1);
    expect(output).toContain(`git switch ${LOGIN}`);
  });
});

describe("a branch that matches pipeline_branches", () => {
  it("gets no pipeline while it is not on GitHub", async () => {
    commits[RELEASE] = await begin(RELEASE);
    const { code, output } = await env(["up"]);
    expect(code).toBe(1);
    expect(output).toContain(`git push --set-upstream origin ${RELEASE}`);
  });

  it("gets a pipeline that delivers it to stage, and asks nobody for an approval", async () => {
    await runs.session.workstation.push(RELEASE);
    const { code, output } = await env(["up"]);
    expect({ code, output }).toMatchObject({ code: 0 });
    for (;;) {
      const { pipelineExecutionSummaries = [] } = await runs.codepipeline.send(
        new ListPipelineExecutionsCommand({ pipelineName: PIPELINE }),
      );
      const [first] = pipelineExecutionSummaries;
      if (first?.status === "Succeeded") break;
      if (first?.status === "Failed") throw new Error(JSON.stringify(runs.changes.slice(-10)));
      await Promise.race([pause(200), runs.session.broken]);
    }
    expect(runs.asked).toEqual([]);
    const { output: listed } = await env(["list"]);
    urls[RELEASE] =
      new RegExp(`^${RELEASE}: stage, .*(http\\S+), delivered by ${PIPELINE}$`, "m").exec(listed)?.[1] ??
      listed;
    expect(await health(urls[RELEASE])).toMatchObject({ commit: commits[RELEASE], environment: "stage" });
    expect(listed).toMatch(
      new RegExp(`^${LOGIN}: dev, since 20\\S+Z, ${urls[LOGIN]}, .*, its branch is not on origin$`, "m"),
    );
  });

  it.each([
    ["release/*=dev", `${RELEASE} was deployed to stage and would be to dev`],
    ["", `${RELEASE} has a pipeline, and pipeline_branches does not give it one any more`],
  ])("stays as it is when pipeline_branches is changed to %j", async (pipeline_branches, why) => {
    const { code, output } = await env(["up"], "", { pipeline_branches });
    expect(code).toBe(1);
    expect(output).toContain(`${why}. Remove what is there first: npm run env -- down ${RELEASE}`);
  });

  it("is started by a push to it, and by no push to main; nor main's by one to it", async () => {
    const [main, own] = [await executions("hw-pipeline", 0), await executions(PIPELINE, 1)];
    const { workstation } = runs.session;
    // What it does with the commit has been seen.
    await runs.holdBefore("UnitTest", PIPELINE);
    await workstation.git("commit", "--quiet", "--allow-empty", "--message", "Go on with the release");
    await workstation.push(RELEASE);
    expect(await executions(PIPELINE, own.length + 1)).toEqual([await workstation.head(), ...own]);
    await workstation.git("switch", "--quiet", "main");
    await workstation.git("commit", "--quiet", "--allow-empty", "--message", "Go on with main");
    await workstation.push("main");
    expect(await executions("hw-pipeline", main.length + 1)).toEqual([await workstation.head(), ...main]);
    expect(await executions(PIPELINE, 0)).toHaveLength(own.length + 1);
  });
});

it("no role of one reaches what belongs to another or to main, whatever the branch grants it", async () => {
  const spaces = [LOGIN, LOGON, RELEASE].map((branch) => {
    const own = branchSettings(settings, branch);
    return [own.hw_stack_name, own.hw_stack_bucket_name, own.pipeline_environment] as const;
  });
  const main = ["dev", "prod"].map(
    (environment) => ["hw", settings.hw_stack_bucket_name, environment] as const,
  );
  const roles = new Map<string, string[]>();
  for (const [name] of [...spaces, main[0]!]) roles.set(name, await rolesOf(name));
  expect([...roles.values()].map(({ length }) => length > 1)).toEqual([true, true, true, true]);
  // As SelfUpdate might, told by a commit of the release.
  const generous = { RoleName: `${PIPELINE}-UnitTest`, PolicyName: "more" };
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action: "*", Resource: "*" },
  });
  const iam = new IAMClient(runs.client);
  await iam.send(new PutRolePolicyCommand({ ...generous, PolicyDocument }));
  for (const space of [...spaces, ...main]) {
    const others = [...roles].filter(([name]) => name !== space[0]).flatMap(([, own]) => own);
    expect(await reached(others, space)).toEqual([]);
    // They are things that the own roles reach.
    expect((await reached(roles.get(space[0])!, space)).length).toBeGreaterThan(3);
  }
  await iam.send(new DeleteRolePolicyCommand(generous));
});

describe("the code of a branch", () => {
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "branch-"));
    await runs.session.workstation.git("switch", "--quiet", LOGIN);
  });
  afterEach(() => runs.session.workstation.git("restore", "."));
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await runs.session.workstation.git("switch", "--quiet", "main");
  });

  it("is named before it runs, and gets none of the operator's credentials", async () => {
    const loot = join(folder, "loot");
    runs.edit(
      "main.ts",
      (code) => `require("node:fs").writeFileSync("${loot}", JSON.stringify(process.env));\n${code}`,
    );
    const refused = await env(["up"], "yes\n");
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.output).toMatch(/They run with your AWS credentials.*:\n {2}main\.ts\n/);
    expect(refused.output).toContain("Nothing was deployed.");
    expect(existsSync(loot)).toBe(false);

    const { code, output } = await env(["up"], `${LOGIN}\n`);
    expect({ code, output }).toMatchObject({ code: 0 });
    const stolen = readFileSync(loot, "utf8");
    expect(stolen).toContain(nameOf(LOGIN));
    const { AWS_SECRET_ACCESS_KEY: key } = runs.session.workstation.environment();
    for (const secret of [key!, runs.session.githubToken]) expect(stolen).not.toContain(secret);
  });

  it("does not run where its stacks come from elsewhere: they are checked, shown and deployed as data", async () => {
    const { workstation } = runs.session;
    const { output: own } = await env(["settings", LOGIN]);
    const variables: NodeJS.ProcessEnv = {};
    for (const line of own.trim().split("\n")) {
      const [name = "", ...value] = line.split("=");
      variables[name] = value.join("=");
    }
    const from = join(folder, "cdktf.out");
    const synthesize = () =>
      promisify(execFile)("npm", ["run", "--silent", "synth"], {
        cwd: workstation.clone,
        env: { ...workstation.environment(), ...variables, CDKTF_OUTDIR: from },
      });
    runs.edit("stacks/service-stack.ts", (text) =>
      text.replace("memoryMegabytes: 256", "memoryMegabytes: 512"),
    );
    await synthesize();
    await workstation.git("restore", ".");
    await workstation.git("switch", "--quiet", "main");

    const there = await everything();
    const stack = join(from, "stacks/service-dev/cdk.tf.json");
    const synthesized = readFileSync(stack, "utf8");
    const data = { external: { x: { program: ["sh", "-c", `env > ${folder}/loot-of-terraform`] } } };
    writeFileSync(stack, JSON.stringify({ ...(JSON.parse(synthesized) as object), data }, null, 2));
    const refused = await env(["up", LOGIN, "--from", from], `${LOGIN}\n`);
    expect(refused.output).toContain('data has "external"');
    expect(refused).toMatchObject({ code: 1 });
    expect(existsSync(join(folder, "loot-of-terraform"))).toBe(false);
    expect(await everything()).toEqual(there);

    writeFileSync(stack, synthesized);
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

describe("down", () => {
  it.each(["dev", "prod", "main"])("refuses %s, which belongs to the pipeline of main", async (name) => {
    const there = await everything();
    const { code, output } = await env(["down", name], `${name}\n`);
    expect(code).toBe(1);
    expect(output).toContain("dev and prod");
    expect(await everything()).toEqual(there);
  });

  it.each(["", "no\n", "yes\n"])("asks, and changes nothing when the answer is %j", async (typed) => {
    const there = await everything();
    const { code, output } = await env(["down", LOGIN], typed);
    expect(code).toBe(1);
    expect(output).toMatch(/the bucket hw-rehearsal-documents-feature-login-\w+-dev with all documents/);
    expect(output).toContain("Nothing was removed.");
    expect(await everything()).toEqual(there);
  });

  it("removes nothing while somebody works on it, whatever is answered", async () => {
    const s3 = new S3Client({ ...runs.client, forcePathStyle: true });
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
    // As the message says.
    const own = (await env(["settings", LOGIN])).output.matchAll(/^(\w+)=(.*)$/gm);
    expect(Object.fromEntries([...own].map(([, name, value]) => [name, value]))).toEqual(
      asEnvironment(branchSettings(settings, LOGIN)),
    );
    await s3.send(new DeleteObjectCommand(lock));
  });

  it("removes all of a branch and nothing of another, also what its bucket holds", async () => {
    const { code, output } = await env(["down", LOGIN], `${LOGIN}\n`);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(JSON.stringify(await everything())).not.toMatch(new RegExp(nameOf(LOGIN).replaceAll("_", "[_-]")));
    expect(await health(urls[LOGON]!)).toMatchObject({ commit: commits[LOGON] });
  });

  it("finds those whose branch is gone", async () => {
    const { code, output } = await env(["down", "--gone"], `${LOGON}\n`);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toContain(`Nothing is left of ${nameOf(LOGON)}.`);
    expect(await health(urls[RELEASE]!)).toMatchObject({ commit: commits[RELEASE] });
  });

  it("removes a branch's pipeline too, and then all is as it was", async () => {
    const { code, output } = await env(["down", RELEASE], `${RELEASE}\n`);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(await everything()).toEqual(before);
    expect((await env(["list"])).output).toContain("No branch has an environment.");
  });
});
