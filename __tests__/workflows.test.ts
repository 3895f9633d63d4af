import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { allModules, modulesNamed } from "../mutation/modules";
import { settingNames } from "../settings";
import { requiredChecks } from "../tasks/github/branch-ruleset";

const folder = join(__dirname, "../.github/workflows");
const read = (file: string) => readFileSync(join(folder, file), "utf8");
const files = readdirSync(folder);

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly name?: string;
  readonly if?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly string[]>> };
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const workflow = (file: string) => parse(read(file)) as Workflow;
const jobOf = (file: string, name: string) => workflow(file).jobs[name]!;
const uses = ({ steps }: Job, action: string) => steps.filter((step) => step.uses?.startsWith(`${action}@`));

/** Each setting from the variable of the repository that has its name. */
const settingsFromVariables = Object.fromEntries(
  settingNames.map((name) => [name, `\${{ vars.${name.toUpperCase()} }}`]),
);

describe.each(files)("%s", (file) => {
  const { permissions, jobs } = workflow(file);
  const steps = Object.values(jobs).flatMap((job) => job.steps);

  it("gives no permission to all of its jobs, and names no secret", () => {
    expect(permissions).toEqual({});
    expect(read(file)).not.toContain("secrets.");
  });

  it("uses actions at a commit, which cannot be moved", () => {
    for (const { uses: action } of steps) {
      if (action !== undefined) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
    }
  });

  it("puts no expression into a shell", () => {
    expect(steps.flatMap(({ run = "" }) => /\$\{\{.*/.exec(run) ?? [])).toEqual([]);
  });
});

describe("diff.yml, which runs the code of pull requests", () => {
  const job = jobOf("diff.yml", "synthesize");

  it("has one job, for pull requests of branches of the same repository only", () => {
    expect(workflow("diff.yml").on).toEqual({ pull_request: null });
    expect(Object.keys(workflow("diff.yml").jobs)).toEqual(["synthesize"]);
    expect(job.if).toBe("github.event.pull_request.head.repo.full_name == github.repository");
  });

  it("may read the repository, and has no credentials", () => {
    expect(job.permissions).toEqual({ contents: "read" });
    expect(uses(job, "actions/checkout")[0]?.with).toEqual({ "persist-credentials": false });
    expect(read("diff.yml")).not.toMatch(/github\.token|GITHUB_TOKEN|aws-actions|id-token/);
  });

  it("synthesizes with all settings from the repository's variables, and uploads the stacks", () => {
    expect(job.steps.flatMap(({ run }) => run ?? [])).toEqual(["npm ci", "npm run synth"]);
    expect(job.env).toEqual(settingsFromVariables);
    expect(uses(job, "actions/upload-artifact")[0]?.with).toMatchObject({
      name: "stacks",
      path: "cdktf.out",
    });
  });
});

describe("plan.yml, which has the role for pull requests", () => {
  const job = jobOf("plan.yml", "plan");

  it("starts when diff.yml has succeeded for a pull request of the same repository, by what GitHub says", () => {
    const { name } = parse(read("diff.yml")) as { name: string };
    expect(workflow("plan.yml").on).toEqual({ workflow_run: { workflows: [name], types: ["completed"] } });
    expect(job.if?.split(" && ")).toEqual([
      "github.event.workflow_run.conclusion == 'success'",
      "github.event.workflow_run.event == 'pull_request'",
      "github.event.workflow_run.head_repository.full_name == github.repository",
    ]);
  });

  it("checks out the commit of the main branch alone", () => {
    expect(uses(job, "actions/checkout").map((step) => step.with)).toEqual([
      { ref: "${{ github.sha }}", "persist-credentials": false },
    ]);
  });

  it("takes of the pull request the run's id and the artifact, outside of the workspace", () => {
    expect(uses(job, "actions/download-artifact").map((step) => step.with)).toEqual([
      {
        name: "stacks",
        path: "${{ runner.temp }}/stacks",
        "run-id": "${{ github.event.workflow_run.id }}",
        "github-token": "${{ github.token }}",
      },
    ]);
  });

  it("may read the repository and its runs, and ask for its own token", () => {
    expect(job.permissions).toEqual({ contents: "read", actions: "read", "id-token": "write" });
  });

  it("assumes the role last, for nothing but the plan, whose lines are no commands to the runner", () => {
    const [credentials, plan, upload, ...rest] = job.steps.slice(-3);
    expect(rest).toEqual([]);
    expect(upload?.with).toMatchObject({ name: "plan", path: "${{ runner.temp }}/plan.json" });
    expect(credentials).toEqual(uses(job, "aws-actions/configure-aws-credentials")[0]);
    expect(credentials?.with).toEqual({
      "role-to-assume": "${{ vars.DIFF_ROLE_ARN }}",
      "aws-region": "${{ vars.AWS_REGION }}",
    });
    expect(plan?.run?.trim().split("\n")).toEqual([
      'echo "::stop-commands::$(openssl rand -hex 16)"',
      'npm run --silent diff -- --from "$RUNNER_TEMP/stacks" --full --json > "$RUNNER_TEMP/plan.json" || [ $? -eq 2 ]',
    ]);
    expect(job.env).toEqual(settingsFromVariables);
  });

  it("reports in a job that can write to the pull request, and has neither the role nor the stacks", () => {
    const report = jobOf("plan.yml", "report");
    expect(report.permissions).toEqual({ contents: "read", "pull-requests": "write", statuses: "write" });
    expect(uses(report, "actions/checkout").map((step) => step.with)).toEqual([
      { ref: "${{ github.sha }}", "persist-credentials": false },
    ]);
    expect(uses(report, "actions/download-artifact").map((step) => step.with)).toEqual([
      { name: "plan", path: "${{ runner.temp }}" },
    ]);
    expect(uses(report, "aws-actions/configure-aws-credentials")).toEqual([]);
    expect(report.steps.flatMap(({ run }) => run ?? [])).toEqual([
      "npm ci",
      'npm run --silent report-plan -- "$RUNNER_TEMP/plan.json"',
    ]);
  });
});

describe("mutation.yml, which measures the tests", () => {
  const job = jobOf("mutation.yml", "mutation");

  it("starts weekly and by hand, and for no push and no pull request", () => {
    expect(Object.keys(workflow("mutation.yml").on)).toEqual(["schedule", "workflow_dispatch"]);
  });

  it("may read the repository, and has no credentials", () => {
    expect(job.permissions).toEqual({ contents: "read" });
    expect(uses(job, "actions/checkout")[0]?.with).toEqual({ "persist-credentials": false });
    expect(read("mutation.yml")).not.toMatch(/github\.token|GITHUB_TOKEN|aws-actions|id-token/);
  });

  it("leaves no module out", () => {
    const parts = job.strategy!.matrix.modules!;
    const modules = allModules(join(__dirname, ".."));
    expect(parts.flatMap((part) => modulesNamed([part], modules)).sort()).toEqual(modules);
    expect(job.steps.at(-1)?.run).toBe('npm run test:mutation -- "$MODULES" --concurrency=4');
  });
});

describe("test.yml, which runs the code of pull requests, also those of forks", () => {
  const job = jobOf("test.yml", "test");

  it("is allowed to read the repository, and has no credentials", () => {
    expect(workflow("test.yml").on).toEqual({ pull_request: null });
    expect(Object.keys(workflow("test.yml").jobs)).toEqual(["test"]);
    expect(job.permissions).toEqual({ contents: "read" });
    expect(uses(job, "actions/checkout")[0]?.with).toMatchObject({ "persist-credentials": false });
    expect(read("test.yml")).not.toMatch(/github\.token|GITHUB_TOKEN|aws-actions|id-token|vars\./);
  });

  it("runs every part of the tests once with each supported version of Node.js", () => {
    const { node, shard = [] } = job.strategy!.matrix;
    expect(node).toEqual(["22", "24"]);
    expect(shard).toEqual(shard.map((_, index) => `${index + 1}/${shard.length}`));
    expect(job.steps.at(-1)).toEqual({
      env: { SHARD: "${{ matrix.shard }}" },
      run: 'npm test -- --shard="$SHARD"',
    });
    expect(uses(job, "actions/setup-node")[0]?.with).toMatchObject({ "node-version": "${{ matrix.node }}" });
  });

  it("has jobs with the names that the ruleset of the main branch requires, besides the plan", () => {
    const { node = [], shard = [] } = job.strategy!.matrix;
    const names = node.flatMap((version) => shard.map((part) => `test (Node.js ${version}, ${part})`));
    expect(requiredChecks).toEqual(["plan", ...names]);
    expect(job.name).toBe("test (Node.js ${{ matrix.node }}, ${{ matrix.shard }})");
  });

  it("has the oldest of them as the default of the project and of the builds", () => {
    const oldest = job.strategy!.matrix.node![0]!;
    const root = join(__dirname, "..");
    expect(readFileSync(join(root, ".nvmrc"), "utf8")).toBe(`${oldest}\n`);
    for (const file of readdirSync(join(root, "buildspecs")).filter((name) => name.endsWith(".yml")))
      expect(readFileSync(join(root, "buildspecs", file), "utf8")).toContain(`nodejs: ${oldest}\n`);
  });
});
