import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { providerDownloads } from "../../../src/aws/codebuild/provider-downloads";

const BYTES = 1000;
const required = { required_providers: { fake: { source: "acme/fake", version: "1.0.0" } } };
const platform = `${process.platform}_${{ x64: "amd64" }[process.arch as string] ?? process.arch}`;

let folder: string;
let cache: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "downloads-"));
  cache = join(folder, "tmp/cache");
  mkdirSync(cache, { recursive: true });
  const provider = join(folder, "mirror/registry.terraform.io/acme/fake/1.0.0", platform);
  mkdirSync(provider, { recursive: true });
  writeFileSync(join(provider, "terraform-provider-fake_v1.0.0"), "x".repeat(BYTES), { mode: 0o755 });
  const mirror = JSON.stringify(join(folder, "mirror"));
  writeFileSync(
    join(folder, "terraform.rc"),
    `provider_installation {\n  filesystem_mirror {\n    path = ${mirror}\n  }\n}\n`,
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `terraform init` for a stack, with the plugin cache or without. */
function init(stack: string, environment: NodeJS.ProcessEnv = { TF_PLUGIN_CACHE_DIR: cache }): void {
  mkdirSync(join(folder, stack), { recursive: true });
  writeFileSync(join(folder, stack, "stack.tf.json"), JSON.stringify({ terraform: required }));
  execFileSync("terraform", ["init"], {
    cwd: join(folder, stack),
    env: {
      PATH: process.env.PATH,
      CHECKPOINT_DISABLE: "1",
      TF_CLI_CONFIG_FILE: join(folder, "terraform.rc"),
      TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE: "true",
      ...environment,
    },
  });
}

const counted = (withCache: string | undefined = cache) =>
  providerDownloads([join(folder, "src"), join(folder, "tmp")], withCache);

describe("the providers that a build downloads", () => {
  it("are none if no Terraform has run, or where a folder is missing", async () => {
    expect(await counted()).toEqual({ count: 0, bytes: 0 });
  });

  it("are counted once for all stacks that take them from the plugin cache", async () => {
    init("src/one");
    init("tmp/two");
    expect(await counted()).toEqual({ count: 1, bytes: BYTES });
  });

  it("are counted once when the plugin cache's path leads through a link", async () => {
    const link = join(folder, "link");
    symlinkSync(join(folder, "tmp"), link);
    const linked = { TF_PLUGIN_CACHE_DIR: join(link, "cache") };
    init("src/one", linked);
    init("tmp/two", linked);
    expect(await counted(linked.TF_PLUGIN_CACHE_DIR)).toEqual({ count: 1, bytes: BYTES });
  });

  it("are none if the build has removed its plugin cache", async () => {
    init("src/one");
    rmSync(cache, { recursive: true });
    expect(await counted()).toEqual({ count: 0, bytes: 0 });
  });

  it("are counted again for each stack without the plugin cache", async () => {
    init("src/one");
    init("tmp/two", {});
    init("tmp/three", {});
    expect(await counted()).toEqual({ count: 3, bytes: 3 * BYTES });
  });

  it("are counted for each stack of a build without a plugin cache", async () => {
    init("src/one", {});
    init("tmp/two", {});
    expect(await providerDownloads([folder], undefined)).toEqual({ count: 2, bytes: 2 * BYTES });
  });

  it("are not looked for in packages", async () => {
    init("src/node_modules/one", {});
    expect(await counted()).toEqual({ count: 0, bytes: 0 });
  });
});
