import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Manifest, TerraformStack, Testing } from "cdktf";
import { folderDigest } from "../../../tasks/barrier/folder-digest";
import { prepareStack } from "../../../tasks/barrier/prepare-stack";
import { lockOf } from "../../../tasks/barrier/provider-lock";
import { entriesOf, valueAt, type JsonObject } from "../../../stacks/stack-json";
import { settingsWith } from "../../support/settings";
import { pipelineJson, serviceJson } from "./synthesized-stacks";

const made: string[] = [];
afterAll(() => made.forEach((folder) => rmSync(folder, { recursive: true })));

/** The lock file of this project, which is one of the pinned programs. */
const lock = join(__dirname, "../../../.terraform.lock.hcl");

const stacks = { "service-prod": serviceJson(), pipeline: pipelineJson() };

function folder(): string {
  const folder = mkdtempSync(join(tmpdir(), "prepare-"));
  made.push(folder);
  return folder;
}

function write(file: string, contents: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, contents);
}

/** An artifact as UnitTest makes it. */
function artifact(
  changes: { files?: Record<string, string>; stacks?: Record<string, JsonObject> } = {},
): string {
  const root = folder();
  for (const [id, json] of Object.entries({ ...stacks, ...changes.stacks })) {
    write(join(root, "cdktf.out/stacks", id, "cdk.tf.json"), JSON.stringify(json, null, 2));
    for (const bundle of bundles(json)) write(join(root, "cdktf.out/stacks", id, bundle), "zip");
  }
  for (const [path, contents] of Object.entries(changes.files ?? {})) write(join(root, path), contents);
  return root;
}

function bundles(json: JsonObject): string[] {
  return entriesOf(valueAt(json, "resource", "aws_lambda_function"))
    .map(([, one]) => valueAt(one, "filename"))
    .filter((one) => typeof one === "string");
}

async function prepared(stackId: string, source: string, digest?: string): Promise<string> {
  const target = join(folder(), "stack");
  await prepareStack({
    stackId,
    source,
    digest: digest ?? (await folderDigest(source)),
    target,
    lock,
    settings: settingsWith(),
  });
  return target;
}

const filesIn = (root: string) =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();

describe("prepareStack", () => {
  it("copies the stack and the bundles that it names, and writes cdktf's manifest", async () => {
    const beside = "cdktf.out/stacks/service-prod";
    const source = artifact({
      files: {
        "cdktf.json": '{"app":"touch /tmp/pwned","language":"typescript"}',
        "cdktf.out/manifest.json": '{"stacks":{"state":{}}}',
        [`${beside}/extra.tf`]: 'data "external" "x" { program = ["id"] }',
        [`${beside}/override.tf.json`]: "{}",
        [`${beside}/cdk.tf_override.json`]: "{}",
        [`${beside}/terraform.tfvars`]: "a = 1",
        [`${beside}/x.auto.tfvars`]: "a = 1",
        [`${beside}/.terraform.lock.hcl`]: "provider of the commit",
        [`${beside}/.terraform/terraform.tfstate`]: "{}",
        [`${beside}/.terraform/providers/registry.terraform.io/hashicorp/aws/5.100.0/linux_amd64/p`]: "",
        [`${beside}/.terraformrc`]: "",
        [`${beside}/terraform.tfstate`]: "{}",
        [`${beside}/assets/other.zip`]: "zip",
        ".terraformrc": "",
        ".npmrc": "registry=http://localhost:1",
      },
    });
    const target = await prepared("service-prod", source);
    expect(filesIn(target)).toEqual(
      [
        "cdktf.json",
        "cdktf.out/manifest.json",
        `${beside}/.terraform.lock.hcl`,
        `${beside}/cdk.tf.json`,
        ...bundles(stacks["service-prod"]).map((bundle) => `${beside}/${bundle}`),
      ].sort(),
    );
    expect(readFileSync(join(target, beside, ".terraform.lock.hcl"), "utf8")).toBe(
      lockOf(stacks["service-prod"], readFileSync(lock, "utf8")),
    );
    const { "//": comment, ...stack } = JSON.parse(
      readFileSync(join(target, beside, "cdk.tf.json"), "utf8"),
    ) as JsonObject;
    const { "//": _original, ...expected } = stacks["service-prod"];
    expect(stack).toEqual(expected);
    const outputs = {
      api_url: "api_url",
      api_version: "api_version",
      bucket: "bucket",
      record_object_version: "record_object_version",
    };
    expect(comment).toEqual({
      metadata: { backend: "s3", stackName: "service-prod", version: "0.21.0" },
      outputs: { "service-prod": outputs },
    });
    expect(JSON.parse(readFileSync(join(target, "cdktf.json"), "utf8"))).toEqual({
      app: "true",
      language: "typescript",
      projectId: "heavy-water-pipeline",
      sendCrashReports: "false",
      terraformModules: [],
      terraformProviders: [],
    });
  });

  it("reads nothing of an artifact with another digest", async () => {
    const source = artifact();
    const digest = await folderDigest(source);
    write(join(source, "cdktf.out/stacks/service-prod/cdk.tf.json"), "{}");
    const found = await folderDigest(source);
    await expect(prepared("service-prod", source, digest)).rejects.toThrow(
      `The artifact is not the one that UnitTest of this run made: its digest is ${found} and not ${digest}. ` +
        "Nothing of it was used. Find out what has replaced it before you start the pipeline again.",
    );
    await expect(prepared("service-prod", source, "")).rejects.toThrow("BUILD_DIGEST");
    await expect(prepared("service-prod", source, `${digest}\n`)).rejects.toThrow("BUILD_DIGEST");
    await expect(prepared("service-prod", source, `x${digest}`)).rejects.toThrow("BUILD_DIGEST");
  });

  it("refuses the stack that only the operator deploys, and a path", async () => {
    const source = artifact({ files: { "cdktf.out/stacks/state/cdk.tf.json": "{}" } });
    for (const id of ["state", "../stacks/service-prod", "service-stage", "__proto__"])
      await expect(prepared(id, source)).rejects.toThrow("No build deploys a stack");
  });

  it("reports all problems", async () => {
    const source = artifact({
      stacks: { "service-prod": { ...stacks["service-prod"], module: { x: { source: "./x" } }, locals: {} } },
    });
    const refusal = prepared("service-prod", source);
    await expect(refusal).rejects.toThrow(/has "module"[^]*has "locals"[^]*allowed\.ts/);
  });

  it("refuses a bundle that is a link", async () => {
    const source = artifact();
    const bundle = join(source, "cdktf.out/stacks/service-prod", bundles(stacks["service-prod"])[0]!);
    rmSync(bundle);
    symlinkSync("/etc/passwd", bundle);
    await expect(prepared("service-prod", source, "a".repeat(64))).rejects.toThrow(
      "neither a file nor a folder",
    );
  });

  it("refuses a bundle that is missing or a folder", async () => {
    const source = artifact();
    const bundle = join(source, "cdktf.out/stacks/service-prod", bundles(stacks["service-prod"])[0]!);
    rmSync(bundle);
    await expect(prepared("service-prod", source)).rejects.toThrow("ENOENT");
    write(join(bundle, "file"), "");
    await expect(prepared("service-prod", source)).rejects.toThrow("is not a file");
  });

  it("refuses a bundle that is too large for Lambda", async () => {
    const source = artifact();
    const bundle = join(source, "cdktf.out/stacks/service-prod", bundles(stacks["service-prod"])[0]!);
    truncateSync(bundle, 50 * 1024 * 1024);
    await expect(prepared("service-prod", source)).resolves.toBeDefined();
    truncateSync(bundle, 50 * 1024 * 1024 + 1);
    await expect(prepared("service-prod", source)).rejects.toThrow("is not a file of at most 52428800 bytes");
  });

  it("lists a hundred problems and counts the rest", async () => {
    const output = Object.fromEntries(
      Array.from({ length: 130 }, (_, index) => [`o${index}`, { value: "${x}" }]),
    );
    const source = artifact({ stacks: { "service-prod": { ...stacks["service-prod"], output } } });
    const message = await prepared("service-prod", source).then(String, (error: Error) => error.message);
    expect(message.match(/^ {2}- /gm)).toHaveLength(100);
    expect(message).toContain("  and 30 more\n");
  });

  it("refuses a stack that is too large before it reads it", async () => {
    const source = artifact({ files: { "cdktf.out/stacks/pipeline/cdk.tf.json": " ".repeat(5_000_000) } });
    await expect(prepared("pipeline", source)).rejects.toThrow("bytes");
  });

  it("does not overwrite a stack", async () => {
    const source = artifact();
    const target = folder();
    write(join(target, "cdktf.out/stacks/pipeline/extra.tf"), "");
    const digest = await folderDigest(source);
    await expect(
      prepareStack({ stackId: "pipeline", source, digest, target, lock, settings: settingsWith() }),
    ).rejects.toThrow("has a stack already");
  });
});

describe("what prepareStack writes", () => {
  it("names the version of cdktf that is installed, as its manifest does", async () => {
    const { version } = JSON.parse(readFileSync(require.resolve("cdktf/package.json"), "utf8")) as {
      version: string;
    };
    const target = await prepared("pipeline", artifact());
    expect(JSON.parse(readFileSync(join(target, "cdktf.out/manifest.json"), "utf8"))).toEqual({
      stacks: { pipeline: expect.anything() as object },
      version,
    });
  });

  it("has a manifest of the one stack, as cdktf itself writes it", async () => {
    const target = await prepared("pipeline", artifact());
    const theirs = new Manifest("0.21.0", folder(), false);
    theirs.forStack(new TerraformStack(Testing.app(), "pipeline"));
    expect(JSON.parse(readFileSync(join(target, "cdktf.out/manifest.json"), "utf8"))).toEqual(
      JSON.parse(JSON.stringify(theirs.buildManifest())),
    );
  });

  it("keeps other files of the folder", async () => {
    const [source, target] = [artifact(), folder()];
    write(join(target, "own.txt"), "own");
    const digest = await folderDigest(source);
    await prepareStack({ stackId: "pipeline", source, digest, target, lock, settings: settingsWith() });
    expect(readFileSync(join(target, "own.txt"), "utf8")).toBe("own");
  });
});
