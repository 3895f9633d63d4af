import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { buildActions, stages, type BuildAction } from "../stacks/pipeline-steps";

const root = join(__dirname, "..");

interface Buildspec {
  readonly version: number;
  readonly env?: { readonly "exported-variables"?: readonly string[] };
  readonly phases: Readonly<Record<string, { readonly commands?: readonly string[] }>>;
  readonly artifacts?: { readonly files: readonly string[]; readonly "base-directory"?: string };
}

const order = { manualApproval: true, selfUpdateFirst: false };
const all = [stages(order), stages({ ...order, environment: "stage" })];
/** The steps of all pipelines; those of a branch's have the same names and are mostly the same. */
const actions = [...new Map(all.flatMap(buildActions).map((action) => [action.name, action])).values()];
const buildspec = (action: BuildAction) =>
  parse(readFileSync(join(root, action.buildspec), "utf8")) as Buildspec;
const commands = (action: BuildAction) =>
  Object.values(buildspec(action).phases).flatMap(({ commands }) => commands ?? []);
const specs = readdirSync(join(root, "buildspecs")).filter((file) => file.endsWith(".yml"));

/** What #{Action.VARIABLE} is taken of an action, anywhere in the pipeline. */
const taken = [...JSON.stringify(all).matchAll(/#\{(\w+)\.(\w+)\}/g)].map(
  ([, action = "", variable = ""]) => [action, variable] as const,
);

test("every file in buildspecs is a step's, and every step has its own", () => {
  expect(specs.map((file) => `buildspecs/${file}`).sort()).toEqual(
    actions.map(({ buildspec }) => buildspec).sort(),
  );
});

describe.each(actions.map((action) => [action.name, action] as const))("%s", (_, action) => {
  it("is a buildspec that CodeBuild reads, with commands", () => {
    const { version, phases } = buildspec(action);
    expect(version).toBe(0.2);
    for (const name of Object.keys(phases))
      expect(["install", "pre_build", "build", "post_build"]).toContain(name);
    for (const command of commands(action)) expect(typeof command).toBe("string");
    expect(phases.build?.commands?.length).toBeGreaterThan(0);
  });

  it("installs packages without their scripts, and only what it needs", () => {
    const installs = commands(action).filter((command) => /\bnpm (ci|i|install)\b/.test(command));
    for (const command of installs) {
      expect(command).toMatch(/^npm ci /);
      expect(command).toContain("--ignore-scripts");
      if (action.name !== "UnitTest") expect(command).toContain("--omit=dev");
    }
  });

  it("deploys what UnitTest synthesized, asks nobody, and calls no registry for checksums", () => {
    for (const command of commands(action).filter((command) =>
      /\bcdktf (deploy|diff|destroy)\b/.test(command),
    )) {
      for (const option of ["--skip-synth", "--skip-provider-lock", "--auto-approve"])
        expect(command).toContain(option);
    }
    if (action.name !== "UnitTest")
      expect(commands(action).join("\n")).not.toMatch(/\bsynth\b(?<!--skip-synth)/);
  });

  it("has Terraform before it uses it, and installs no more for it than that takes", () => {
    const all = commands(action);
    const first = all.findIndex((command) =>
      /(^|\bthen )(npx cdktf|npm run synth|terraform)\b/.test(command),
    );
    const terraform = all.indexOf(". buildspecs/terraform.sh");
    expect(terraform >= 0).toBe(first >= 0);
    expect(terraform).toBeLessThanOrEqual(first);
    const needsPackages = all.some((command) => /(^|\bthen )(npx|npm run)\b/.test(command));
    expect(all.some((command) => command.startsWith("npm ci"))).toBe(needsPackages);
  });

  it("exports what other steps take of it, and sets what it exports", () => {
    const exported = buildspec(action).env?.["exported-variables"] ?? [];
    for (const [, variable] of taken.filter(([name]) => name === action.name))
      expect(exported).toContain(variable);
    const exports = commands(action).filter((command) => command.startsWith("export "));
    for (const variable of exported)
      expect(exports.filter((command) => new RegExp(`\\b${variable}\\b`).test(command))).toHaveLength(1);
  });
});

test("only known actions are asked for variables", () => {
  const others = { Source1: ["CommitId", "CommitMessage"], codepipeline: ["PipelineExecutionId"] };
  expect(taken.length).toBeGreaterThan(0);
  for (const [action, variable] of taken) {
    if (action in others) expect(others[action as keyof typeof others]).toContain(variable);
    else expect(actions.map(({ name }) => name)).toContain(action);
  }
});

test("UnitTest checks, tests and synthesizes, in this order: nothing is synthesized of what fails", () => {
  const unitTest = actions.find(({ name }) => name === "UnitTest")!;
  expect(buildspec(unitTest).phases.build?.commands).toEqual([
    "npm run check",
    "npm run test:unit",
    "npm run synth",
    "WIDER_RIGHTS=$(npm run --silent rights)",
    expect.stringMatching(/^PIPELINE_DIGEST=/),
    'export WIDER_RIGHTS="${WIDER_RIGHTS:-none}" PIPELINE_DIGEST',
  ]);
});

test("no build starts a rehearsal, which is for a laptop and would take the builder's place", () => {
  for (const action of actions) {
    for (const command of commands(action))
      expect(command).not.toMatch(/test:rehearsal|\brehearse\b|\bnpm (run )?(t|test)(?![:\w])/);
  }
});

/** The stacks that a step applies. */
const deployed = (action: BuildAction) =>
  commands(action).flatMap(
    (command) =>
      /(?:cdktf deploy |apply-plan\.js cdktf\.out\/stacks\/)(\S+)/.exec(command)?.[1] ??
      (/terraform .*\bapply\b/.test(command) ? "unknown" : []),
  );

test("the steps that deploy are the ones that should, each its own stack", () => {
  expect(Object.fromEntries(actions.map((action) => [action.name, deployed(action)]))).toEqual({
    UnitTest: [],
    DeployOnDev: ["service-dev"],
    DeployOnStage: ["service-stage"],
    IntegrationTest: [],
    PlanOnProd: [],
    DeployOnProd: ["service-prod"],
    SelfUpdate: ["pipeline"],
  });
});

test("production is applied as it was planned: both are about one stack, and the digest goes from one to the other", () => {
  const step = (name: string) => actions.find((action) => action.name === name)!;
  const [planning, applying] = [step("PlanOnProd"), step("DeployOnProd")];
  const folders = (action: BuildAction) =>
    commands(action).flatMap((command) => command.match(/cdktf\.out\/stacks\/[\w-]+/g) ?? []);
  expect(new Set([...folders(planning), ...folders(applying)])).toEqual(
    new Set(["cdktf.out/stacks/service-prod"]),
  );
  expect(buildspec(planning).artifacts?.["base-directory"]).toBe("cdktf.out/stacks/service-prod");
  expect(buildspec(planning).artifacts?.files).toEqual(["plan.txt", "plan.json"]);
  expect(applying.inputs).toContain(planning.output);
  expect(applying.environment).toEqual({ PLAN_DIGEST: "#{PlanOnProd.PLAN_DIGEST}" });
  expect(commands(applying).join("\n")).toContain('"$CODEBUILD_SRC_DIR_Plan/plan.json"');
});

test("a project is tagged with the stack that its step deploys, by which its locks are known", () => {
  for (const action of actions)
    expect([action.name, action.deploys]).toEqual([action.name, deployed(action)[0]]);
});

test("the artifact of UnitTest holds everything that later steps touch", () => {
  const unitTest = actions.find(({ name }) => name === "UnitTest")!;
  const files = buildspec(unitTest).artifacts?.files ?? [];
  const held = files.map((pattern) => pattern.replace("/**/*", ""));
  const later = actions.filter(({ inputs }) => inputs[0] === unitTest.output);
  expect(later).toHaveLength(6);
  const paths = later.flatMap((action) => [
    action.buildspec,
    ...commands(action).flatMap((command) => command.match(/\b(buildspecs|dist|cdktf\.out)\/\S+/g) ?? []),
  ]);
  expect(paths.length).toBeGreaterThan(later.length);
  for (const path of paths) expect(held).toContain(path.split("/")[0]);
  // What npm, cdktf and terraform.sh read without being told.
  const unnamed = [
    "cdktf.out",
    "dist",
    "cdktf.json",
    "package.json",
    "package-lock.json",
    ".npmrc",
    ".terraform-version",
  ];
  for (const path of unnamed) expect(held).toContain(path);
});

test("what is deployed knows nothing of the machine it is tried out on", () => {
  const sources = ["stacks", "buildspecs", "lambda-src"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  expect(sources.length).toBeGreaterThan(20);
  for (const file of [...sources, join(root, "main.ts"), join(root, "settings.ts")]) {
    const telling = /rehears|127\.0\.0\.1|localhost|ministack|AWS_ENDPOINT_URL|GITHUB_BASE_URL/i.exec(
      readFileSync(file, "utf8"),
    )?.[0];
    expect([file, telling]).toEqual([file, undefined]);
  }
});
