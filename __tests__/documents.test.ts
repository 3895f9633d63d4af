import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { secretName, settingNames } from "../settings";
import { failureTopicName } from "../stacks/names";
import { stages } from "../stacks/pipeline/stages";
import { documents, notOurs, read, root, tableUnder } from "./support/documents";
import { pipelineStack, resourcesOf, serviceStack, stateStack, synthesized } from "./support/synth";

/** A document without its blocks of code, whose contents are no Markdown. */
function prose(text: string): string {
  return text.replace(/^ *```[\s\S]*?^ *```$/gm, "");
}

/** The anchors that GitHub gives a document's headings. */
function anchors(text: string): string[] {
  return [...prose(text).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

describe("the documents", () => {
  it("are found, the README and every decision among them", () => {
    const decisions = documents.filter((path) => /^docs\/decisions\/\d{4}-/.test(path));
    expect(documents).toContain("README.md");
    expect(decisions.length).toBeGreaterThan(9);
    const index = read("docs/decisions/README.md");
    for (const path of decisions) expect(index).toContain(`(${path.replace("docs/decisions/", "")})`);
  });

  it.each(documents)("%s links to what exists", (document) => {
    const text = read(document);
    const targets = [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
    const broken = targets
      .filter((target) => !/^https?:/.test(target))
      .filter((target) => {
        const [path = "", anchor] = target.split("#");
        const file = path === "" ? document : join(dirname(document), path);
        if (!existsSync(join(root, file))) return true;
        return anchor !== undefined && !anchors(read(file)).includes(anchor);
      });
    expect(broken).toEqual([]);
  });

  it.each(documents)("%s names npm scripts that exist", (document) => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const named = [...read(document).matchAll(/npm run ([a-z][\w:-]*)/g)].map(([, script = ""]) => script);
    expect(named.filter((script) => !Object.hasOwn(scripts, script))).toEqual([]);
  });

  it.each(documents)("%s names files that exist", (document) => {
    // What begins as a name at the top of the repository, or ends as a source does, is meant as a path here.
    const top = readdirSync(root).filter((name) => !notOurs.has(name));
    const paths = [...prose(read(document)).matchAll(/`([\w.@-]+(?:\/[\w.@-]*)*)`/g)]
      .map(([, path = ""]) => path)
      .filter((path) => {
        const [first = ""] = path.split("/");
        if (notOurs.has(first)) return false;
        return path.includes("/") ? top.includes(first) : /\.(ts|mjs|ya?ml|json|md|sh)$/.test(path);
      });
    // A guide shows the contents of a file that its reader creates.
    const created = [...read(document).matchAll(/`([\w./-]+)`:\n\n *```(?!diff)/g)].map(([, path]) => path);
    const missing = paths.filter((path) => !existsSync(join(root, path)) && !created.includes(path));
    expect(missing).toEqual([]);
  });
});

/** Every step that a pipeline can have. */
const steps = [
  ...new Set(
    [
      { manualApproval: true, selfUpdateFirst: true },
      { manualApproval: true, selfUpdateFirst: false },
      { environment: "stage" as const, manualApproval: false, selfUpdateFirst: false },
    ]
      .flatMap((order) => stages(order))
      .flatMap(({ actions }) => actions),
  ),
];
const stepNames = [...new Set(steps.map(({ name }) => name))].sort();

describe("the README", () => {
  const readme = read("README.md");

  it("has at most 130 lines, so that it is read", () => {
    expect(readme.split("\n").length).toBeLessThanOrEqual(131);
  });

  it("or .env.example names every setting", () => {
    const named = readme + read(".env.example");
    expect(settingNames.filter((name) => !new RegExp(`\\b${name}\\b`).test(named))).toEqual([]);
  });

  it("lists folders that exist", () => {
    const rows = tableUnder(readme, "Where things are").map(
      ([path]) => path?.trim().replaceAll("`", "") ?? "",
    );
    expect(rows.length).toBeGreaterThan(5);
    expect(rows.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it("gives the commands of the quick start and of the tests by themselves, to be copied", () => {
    for (const command of ["npm run rehearse", "npm run dev", "npm test"])
      expect(readme).toContain(`\`\`\`sh\n${command}\n\`\`\``);
  });
});

describe("the index", () => {
  const index = read("docs/README.md");

  it.each(documents.filter((path) => /^docs\/(guides\/|runbooks\/)?[^/]+\.md$/.test(path)))(
    "leads to %s",
    (path) => {
      if (path !== "docs/README.md") expect(index).toContain(`(${path.replace("docs/", "")}`);
    },
  );

  it("has a section for each reader", () => {
    expect([...index.matchAll(/^## (.*)$/gm)].map(([, reader]) => reader)).toEqual([
      "Operator",
      "Developer",
      "Security reviewer",
      "Contributor",
    ]);
  });
});

describe("how it works", () => {
  it("explains every step", () => {
    const [, section = ""] = read("docs/how-it-works.md").split("## The steps\n");
    const explained = section.split("\n## ")[0]!.match(/(?<=\*\*`)\w+(?=`\*\*)/g) ?? [];
    expect(explained.sort()).toEqual(stepNames);
  });
});

describe("the runbook of a failed build", () => {
  it.each(["What is deployed after a failure", "What to do"])("has every step in the table %s", (heading) => {
    const named = tableUnder(read("docs/runbooks/failed-build.md"), heading).flatMap(
      ([names = ""]) => names.match(/(?<=`)\w+(?=`)/g) ?? [],
    );
    expect(named.sort()).toEqual(stepNames);
  });
});

describe("the architecture", () => {
  const architecture = read("docs/architecture.md");

  it("draws files that exist", () => {
    const drawings = [...architecture.matchAll(/^```mermaid\n([\s\S]*?)^```$/gm)].map(
      ([, drawing = ""]) => drawing,
    );
    const paths =
      drawings.join("").match(/(?<![\w./-])(?:stacks|tasks|docs)\/[\w./-]*|[\w-]+(?:\/[\w-]+)*\.ts\b/g) ?? [];
    expect(paths.length).toBeGreaterThan(15);
    // In the folder that is drawn around them, names stand without it.
    const exists = (path: string) => existsSync(join(root, path)) || existsSync(join(root, "stacks", path));
    expect(paths.filter((path) => !exists(path))).toEqual([]);
  });

  it("follows a push through every step, its buildspec and the programs that it starts", () => {
    const rows = tableUnder(architecture, "Path of a push");
    expect(rows.flatMap(([names = ""]) => names.match(/(?<=`)\w+(?=`)/g) ?? []).sort()).toEqual(stepNames);
    for (const step of steps) {
      if (step.kind !== "build") continue;
      const row = rows.find(([names]) => names?.includes(`\`${step.name}\``));
      expect(row?.[1]).toContain(`\`${step.buildspec}\``);
      const programs = [...read(step.buildspec).matchAll(/ dist\/(?:programs\/dist\/)?tasks\/([\w-]+)\.js/g)];
      for (const [, program] of programs) {
        // What every step that deploys ends with is said once.
        if (program === "save-errored-state") continue;
        expect([step.name, row?.[2]]).toEqual([step.name, expect.stringContaining(`/${program}.ts\``)]);
      }
    }
  });
});

describe("the guides", () => {
  it.each([
    "codebuild_role_arn",
    "hw_stack_bucket_name",
    "hw_stack_name",
    "pipeline_bucket_name",
    "pipeline_githubOwner",
    "pipeline_githubRepo",
    "pipeline_githubBranch",
    secretName,
    "githubAccessToken",
    failureTopicName,
    "Source1",
    "UnitTest",
    "deployOnDev",
    "IntegrationTest",
    "Mannual Approval",
    "DeployOnProd",
    "SelfUpdate",
    "aws/codebuild/amazonlinux2-x86_64-standard:3.0",
    "Python 3.8",
    "serverless deploy -r",
    "serverless-plugin-existing-s3",
    "serverless-dotenv-plugin",
    "serverless-offline",
    "serverless-pseudo-parameters",
    "CloudFormation",
  ])("say where %s of the Serverless project is now", (name) => {
    const known = tableUnder(read("docs/guides/migrate-from-serverless.md"), "Where everything is now").map(
      ([before]) => before,
    );
    expect(known.join("\n")).toContain(name);
  });

  it("list every setting that the Serverless project did not have", () => {
    const guide = read("docs/guides/migrate-from-serverless.md");
    expect(settingNames.filter((name) => !guide.includes(`\`${name}\``))).toEqual([]);
  });

  it("count the alarms of every stack", () => {
    const alarms = [stateStack(), pipelineStack(), serviceStack("dev"), serviceStack("prod")].flatMap(
      (stack) => resourcesOf(synthesized(stack), "aws_cloudwatch_metric_alarm"),
    );
    expect(read("docs/guides/costs.md")).toContain(` ${alarms.length} × $0.10 `);
  });

  it("add the costs up", () => {
    const amounts = tableUnder(read("docs/guides/costs.md"), "Monthly costs").map((row) =>
      Number(row.at(-1)?.replace(/[^\d.]/g, "")),
    );
    const total = amounts.pop();
    expect(amounts.length).toBeGreaterThan(3);
    expect(amounts.reduce((sum, amount) => sum + amount, 0)).toBeCloseTo(total ?? NaN, 2);
    expect(read("README.md")).toContain(`about $${total?.toFixed(2)} a month`);
  });

  it.each(["README.md", ...documents.filter((path) => path.startsWith("docs/guides/"))])(
    "and %s name no setting that does not exist",
    (path) => {
      const settings: readonly string[] = settingNames;
      const named = [...read(path).matchAll(/`((?:hw|pipeline|service|codebuild)_\w+)`/g)].map(
        ([, name = ""]) => name,
      );
      expect(named.filter((name) => !settings.includes(name))).toEqual([]);
    },
  );
});
