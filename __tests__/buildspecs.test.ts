import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { withExports } from "../stacks/pipeline/buildspec";
import { scheduledBuilds } from "../stacks/pipeline/scheduled-builds";
import { buildActions, stages, type BuildAction } from "../stacks/pipeline/stages";
import { settingsWith } from "./support/settings";

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
  parse(withExports(readFileSync(join(root, action.buildspec), "utf8"), action.exports ?? [])) as Buildspec;
const phases = (action: BuildAction) => buildspec(action).phases;
const commands = (action: BuildAction) =>
  Object.values(phases(action)).flatMap(({ commands }) => commands ?? []);
const specs = readdirSync(join(root, "buildspecs")).filter((file) => file.endsWith(".yml"));

/** How a privileged step gets its programs: the same in each, since it must not come from the commit. */
const pinnedPrograms: readonly unknown[] = [
  "folder=$(mktemp -d)",
  'cd "$folder"',
  expect.stringContaining('aws s3 cp --only-show-errors "$PROGRAMS" programs.zip'),
  expect.stringMatching(/^node -e '.*sha256.*'$/),
  "unzip -q programs.zip",
];

/** What #{Action.VARIABLE} is taken of an action, anywhere in the pipeline. */
const taken = [...JSON.stringify(all).matchAll(/#\{(\w+)\.(\w+)\}/g)].map(
  ([, action = "", variable = ""]) => [action, variable] as const,
);

it("every buildspec belongs to a step or a scheduled build, and those that deploy for a test share one", () => {
  const used = actions.map(({ buildspec }) => buildspec);
  const scheduled = scheduledBuilds(settingsWith()).map(({ buildspec }) => buildspec);
  expect(specs.map((file) => `buildspecs/${file}`).sort()).toEqual(
    [...new Set([...used, ...scheduled])].sort(),
  );
  expect(used.filter((path, index) => used.indexOf(path) !== index)).toEqual([
    "buildspecs/deploy-for-test.yml",
  ]);
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

  it("begins with the check of debug logs, and gets its programs before if the pipeline pins them", () => {
    const install = phases(action).install?.commands ?? [];
    const [check, ...before] = install.slice(0, install.indexOf(". buildspecs/debug-logs.sh") + 1).reverse();
    expect(check).toBe(". buildspecs/debug-logs.sh");
    expect(before.reverse()).toEqual(action.privileged ? pinnedPrograms : []);
  });

  it("installs packages only in UnitTest, and without their scripts", () => {
    const installs = commands(action).filter((command) => /\bnpm (ci|i|install)\b|\bnpx\b/.test(command));
    expect(installs).toEqual(
      action.name === "UnitTest" ? ["npm ci --ignore-scripts --workspaces=false"] : [],
    );
  });

  it("deploys what UnitTest synthesized, asks no one, and calls no registry for checksums", () => {
    for (const command of commands(action).filter((command) =>
      /\bcdktf (deploy|diff|destroy)\b/.test(command),
    )) {
      for (const option of ["--skip-synth", "--skip-provider-lock", "--auto-approve"])
        expect(command).toContain(option);
    }
    if (action.name !== "UnitTest")
      expect(commands(action).join("\n")).not.toMatch(/\bsynth\b(?<!--skip-synth)/);
  });

  it("has Terraform before it uses it", () => {
    const all = commands(action);
    const first = all.findIndex((command) =>
      /(^|\bthen )(node node_modules\/cdktf-cli|npm run synth|terraform)\b/.test(command),
    );
    const terraform = all.indexOf(". buildspecs/terraform.sh");
    expect(terraform >= 0).toBe(first >= 0);
    expect(terraform).toBeLessThanOrEqual(first);
  });

  it("has Terraform install only providers whose hashes are locked", () => {
    const all = commands(action);
    for (const command of all.filter((one) => /^terraform .*\binit\b/.test(one)))
      expect(command).toContain(" -lockfile=readonly");
    const deploys = all.findIndex((command) => /\bcdktf deploy\b/.test(command));
    if (deploys >= 0) expect(all.slice(0, deploys)).toContain("export TF_CLI_ARGS_init=-lockfile=readonly");
  });

  it("exports what other steps take of it, and sets what it exports", () => {
    const exported = buildspec(action).env?.["exported-variables"] ?? [];
    for (const [, variable] of taken.filter(([name]) => name === action.name))
      expect(exported).toContain(variable);
    const exports = commands(action).filter((command) => command.startsWith("export "));
    const set = exported.filter((variable) => !action.exports?.includes(variable));
    if (action.exports) expect(commands(action)).toContain(". ./releases.sh");
    for (const variable of set)
      expect(exports.filter((command) => new RegExp(`\\b${variable}\\b`).test(command))).toHaveLength(1);
  });
});

it("only known actions are asked for variables", () => {
  const others = { Source1: ["CommitId"], codepipeline: ["PipelineExecutionId"] };
  expect(taken.length).toBeGreaterThan(0);
  for (const [action, variable] of taken) {
    if (action in others) expect(others[action as keyof typeof others]).toContain(variable);
    else expect(actions.map(({ name }) => name)).toContain(action);
  }
});

it("UnitTest checks, tests and synthesizes, in this order: nothing is synthesized of what fails", () => {
  const unitTest = actions.find(({ name }) => name === "UnitTest")!;
  expect(buildspec(unitTest).phases.build?.commands).toEqual([
    "npm run check",
    "npm run test:unit",
    "npm run synth",
    "mkdir -p artifact/dist",
    "cp -R cdktf.out buildspecs artifact",
    "cp -R dist/integration dist/programs.zip artifact/dist",
    expect.stringMatching(/^if \[ "\$\{pipeline_bootstrap_level:-0\}" -lt 2 \]; then node -e '/),
    "BUILD_DIGEST=$(node dist/programs/dist/tasks/print-digest.js artifact)",
    expect.stringContaining("npm run --silent permissions:diff > rights.txt"),
    "WIDER_RIGHTS=$(cat rights.txt)",
    expect.stringMatching(/^PIPELINE_DIGEST=/),
    'export BUILD_DIGEST WIDER_RIGHTS="${WIDER_RIGHTS:-none}" PIPELINE_DIGEST',
  ]);
});

it("no build starts a rehearsal, which runs on a workstation only", () => {
  for (const action of actions) {
    for (const command of commands(action))
      expect(command).not.toMatch(/test:rehearsal|\brehearse\b|\bnpm (run )?(t|test)(?![:\w])/);
  }
});

it.each(scheduledBuilds(settingsWith()))(
  "$name runs only pinned programs, and gets nothing of a commit",
  (build) => {
    const { install, build: running } = (
      parse(readFileSync(join(root, build.buildspec), "utf8")) as Buildspec
    ).phases;
    expect(install?.commands).toEqual([
      ...pinnedPrograms,
      ". buildspecs/debug-logs.sh",
      ". buildspecs/terraform.sh",
    ]);
    for (const command of running?.commands ?? []) expect(command).toMatch(/^node dist\/tasks\/[\w-]+\.js$/);
    expect(JSON.stringify([install, running])).not.toContain("CODEBUILD_SRC_DIR");
    expect(build).toMatchObject({ privileged: true, inputs: [] });
  },
);

/** The stacks that a step applies. */
const deployed = (action: BuildAction) =>
  commands(action).flatMap(
    (command) =>
      /(?:cdktf deploy |apply-plan\.js cdktf\.out\/stacks\/)(\S+)/
        .exec(command)?.[1]
        ?.replace('"$STACK"', action.deploys ?? "unknown") ??
      (/terraform .*\bapply\b/.test(command) ? "unknown" : []),
  );

it("the steps that deploy are the ones that should, each its own stack", () => {
  expect(Object.fromEntries(actions.map((action) => [action.name, deployed(action)]))).toEqual({
    UnitTest: [],
    CheckBuild: [],
    DeployOnDev: ["service-dev"],
    DeployOnStage: ["service-stage"],
    IntegrationTest: [],
    PlanOnProd: [],
    DeployOnProd: ["service-prod"],
    VerifyProd: [],
    SelfUpdate: ["pipeline"],
  });
});

it("production is applied as it was planned: both are about one stack, and the digest goes from one to the other", () => {
  const step = (name: string) => actions.find((action) => action.name === name)!;
  const [planning, applying] = [step("PlanOnProd"), step("DeployOnProd")];
  const folders = (action: BuildAction) =>
    commands(action).flatMap((command) => command.match(/cdktf\.out\/stacks\/[\w-]+/g) ?? []);
  expect(new Set([...folders(planning), ...folders(applying)])).toEqual(
    new Set(["cdktf.out/stacks/service-prod"]),
  );
  expect(buildspec(planning).artifacts?.["base-directory"]).toBe("plan");
  expect(buildspec(planning).artifacts?.files).toEqual(["plan.txt", "plan.json"]);
  expect(applying.inputs).toContain(planning.output);
  expect(applying.environment).toEqual({
    BUILD_DIGEST: "#{CheckBuild.BUILD_DIGEST}",
    PLAN_DIGEST: "#{PlanOnProd.PLAN_DIGEST}",
    APPROVAL_REASONS: "#{PlanOnProd.APPROVAL_REASONS}",
    COMMIT: "#{CheckBuild.COMMIT}",
    PROVENANCE: "#{CheckBuild.PROVENANCE}",
  });
  expect(commands(applying).join("\n")).toContain('"$CODEBUILD_SRC_DIR_Plan/plan.json"');
});

it("a project is tagged with the stack that its step deploys, by which its locks are known", () => {
  for (const action of actions)
    expect([action.name, action.deploys]).toEqual([action.name, deployed(action)[0]]);
});

it("a privileged step takes data alone from the commit, and judges a stack before anything else reads it", () => {
  const privileged = actions.filter((action) => action.privileged);
  expect(privileged.map(({ name }) => name)).toEqual(
    actions.map(({ name }) => name).filter((name) => !["UnitTest", "IntegrationTest"].includes(name)),
  );
  for (const action of privileged) {
    const all = phases(action).build?.commands ?? [];
    // What it is to deploy is copied out of the artifact, after its check.
    const first: Partial<Record<string, RegExp>> = {
      CheckBuild: /^node dist\/tasks\/check-build\.js /,
      VerifyProd: /^node dist\/tasks\/verify-prod\.js$/,
    };
    expect(all[0]).toMatch(
      first[action.name] ?? /^node dist\/tasks\/prepare-stack\.js ([a-z-]+|"\$STACK") \.$/,
    );
    for (const command of commands(action)) {
      const paths = command.match(/\$(\{?)CODEBUILD_SRC_DIR[^\s"]*"?\S*/g) ?? [];
      for (const path of paths)
        expect(path).toMatch(
          /^\$CODEBUILD_SRC_DIR("?\/dist\/programs\.zip"|\/plan(\/plan\.(txt|json))?"\)?|_Plan\/plan\.json"|_Source\/allowed-losses\.json")/,
        );
    }
    // Its own, by the digest of this run's history. VerifyProd reads no artifact.
    if (!["CheckBuild", "VerifyProd"].includes(action.name))
      expect(action.environment?.BUILD_DIGEST).toBe("#{CheckBuild.BUILD_DIGEST}");
  }
});

it("nothing that the commit says gets into the variables of a privileged build", () => {
  for (const { environment = {} } of actions.filter((action) => action.privileged))
    for (const value of Object.values(environment))
      expect(value).not.toMatch(/UnitTest|IntegrationTest|Source1/);
});

it("the artifact of UnitTest holds everything that later steps take from it", () => {
  const unitTest = actions.find(({ name }) => name === "UnitTest")!;
  const copied = commands(unitTest)
    .filter((command) => command.startsWith("cp "))
    .join(" ");
  for (const path of ["cdktf.out", "buildspecs", "dist/integration", "dist/programs.zip"])
    expect(copied).toContain(path);
  expect(buildspec(unitTest).artifacts).toEqual({ "base-directory": "artifact", files: ["**/*"] });
});

it("what is deployed knows nothing of the machine it is tried out on", () => {
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
