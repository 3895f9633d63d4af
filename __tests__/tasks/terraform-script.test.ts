import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  cpSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { ZipFile } from "yazl";

const project = join(__dirname, "../..");
const version = readFileSync(join(project, ".terraform-version"), "utf8").trim();

/** A build's folder, and first on its PATH the tools that a test makes. */
let root: string;
let tools: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "a build's folder (1) ü-"));
  tools = join(root, "tools");
  mkdirSync(tools);
  cpSync(join(project, "buildspecs"), join(root, "buildspecs"), { recursive: true });
  cpSync(join(project, ".terraform-version"), join(root, ".terraform-version"));
  // Whatever this machine is, and whatever it has.
  tool("uname", '[ "$1" = -s ] && echo Linux || echo x86_64');
  tool("terraform", "exit 127");
  tool("curl", "echo curl was called with no release to give >&2; exit 22");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function tool(name: string, script: string): void {
  writeFileSync(join(tools, name), `#!/bin/sh\necho "${name} $*" >> "${root}/calls"\n${script}\n`);
  chmodSync(join(tools, name), 0o755);
}

/** Has curl deliver a release whose Terraform says this version, and returns the zip's hash. */
async function release(says: string): Promise<string> {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(`#!/bin/sh\necho "Terraform v${says}"\n`), "terraform", { mode: 0o100755 });
  zip.addBuffer(Buffer.from("terms"), "LICENSE.txt");
  zip.end();
  const file = join(root, "release.zip");
  await pipeline(zip.outputStream, createWriteStream(file));
  tool("curl", `while [ "$1" != --output ]; do shift; done; cp "${file}" "$2"`);
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

/** Sources the script as a build does, then says which Terraform there is. */
function source() {
  const { status, stdout, stderr } = spawnSync(
    "sh",
    ["-c", ". buildspecs/terraform.sh && terraform version && command -v terraform"],
    { cwd: root, encoding: "utf8", env: { PATH: `${tools}:${process.env.PATH}`, TMPDIR: root } },
  );
  const calls = existsSync(join(root, "calls")) ? readFileSync(join(root, "calls"), "utf8") : "";
  return { status, said: stdout.trim().split("\n"), stderr, downloads: calls.match(/^curl .*/gm) ?? [] };
}

it("an installed Terraform of the right version is used, and nothing is downloaded", () => {
  tool("terraform", `echo "Terraform v${version}"; echo "on linux_amd64"`);
  const { status, said, downloads } = source();
  expect({ status, downloads }).toEqual({ status: 0, downloads: [] });
  expect(said.at(-1)).toBe(join(tools, "terraform"));
});

it.each([
  ["another version", `echo "Terraform v${version}1"`],
  ["none", "exit 127"],
])(
  "the release is downloaded, verified and put first on the PATH with this Terraform installed: %s",
  async (_, terraform) => {
    tool("terraform", terraform);
    const hash = await release(version);
    writeFileSync(
      join(root, "buildspecs/terraform.sha256"),
      `${hash}  terraform_${version}_linux_amd64.zip\n`,
    );
    const { status, said, stderr, downloads } = source();
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(said[0]).toBe(`Terraform v${version}`);
    expect(said.at(-1)).not.toBe(join(tools, "terraform"));
    const url = `https://releases.hashicorp.com/terraform/${version}/terraform_${version}_linux_amd64.zip`;
    expect(downloads).toEqual([expect.stringMatching(new RegExp(`--fail .*${url}$`))]);
  },
);

it("a release with another hash than the listed one is refused by name and never run", async () => {
  await release(version);
  const { status, said, stderr } = source();
  expect(status).not.toBe(0);
  expect(stderr).toMatch(/terraform_\S+_linux_amd64\.zip is not the one in buildspecs\/terraform\.sha256/);
  expect(said).toEqual([""]);
});

it("the hash of another platform's release is not accepted", async () => {
  const hash = await release(version);
  appendFileSync(
    join(root, "buildspecs/terraform.sha256"),
    `${hash}  terraform_${version}_darwin_arm64.zip\n`,
  );
  expect(source().status).not.toBe(0);
});

it("a failed download stops the build with curl's message", () => {
  const { status, stderr } = source();
  expect(status).not.toBe(0);
  expect(stderr).toContain("no release to give");
});

it("an unknown machine is named, with the version to put on the PATH", () => {
  tool("uname", '[ "$1" = -s ] && echo FreeBSD || echo riscv64');
  const { status, stderr, downloads } = source();
  expect(status).not.toBe(0);
  expect(stderr).toContain(`FreeBSD on riscv64: put Terraform ${version} on the PATH`);
  expect(downloads).toEqual([]);
});

it.each(["linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64"])(
  "the list has a hash for %s",
  (platform) => {
    const list = readFileSync(join(project, "buildspecs/terraform.sha256"), "utf8");
    const escaped = version.replaceAll(".", "\\.");
    expect(list).toMatch(new RegExp(`^[0-9a-f]{64}  terraform_${escaped}_${platform}\\.zip$`, "m"));
  },
);

it("cdktf gets a Terraform that reports a termination by a signal, whatever the modes and names of the source", () => {
  tool("terraform", `[ "$1" = apply ] && kill -KILL $$\necho "Terraform v${version}"`);
  for (const file of readdirSync(join(root, "buildspecs"))) chmodSync(join(root, "buildspecs", file), 0o644);
  // Without quotes, as cdktf's matchers call it.
  const { status } = spawnSync("sh", ["-c", ". buildspecs/terraform.sh && $TERRAFORM_BINARY_NAME apply"], {
    cwd: root,
    env: { PATH: `${tools}:${process.env.PATH}`, TMPDIR: root },
  });
  expect(status).toBe(128 + 9);
});

it.each(["cp", "chmod", "mktemp"])(
  "a build without %s fails instead of using a Terraform that hides its exit",
  (name) => {
    tool("terraform", `echo "Terraform v${version}"`);
    tool(name, "exit 5");
    expect(source().status).not.toBe(0);
  },
);

describe("the plugin cache of a build", () => {
  const { arch, platform } = process;
  const machine = `${platform}_${{ x64: "amd64" }[arch as string] ?? arch}`;
  const archive = `mirror/registry.terraform.io/acme/fake/terraform-provider-fake_1.0.0_${machine}.zip`;
  const required = { required_providers: { fake: { source: "acme/fake", version: "1.0.0" } } };

  function write(file: string, text: string): void {
    mkdirSync(join(root, file, ".."), { recursive: true });
    writeFileSync(join(root, file), text);
  }

  /** Runs commands as a build does. */
  function run(command: string, environment: NodeJS.ProcessEnv = {}) {
    const { status, stdout, stderr } = spawnSync("sh", ["-c", command], {
      cwd: root,
      encoding: "utf8",
      env: {
        // Terraform of this machine, whose version the stand-in reports.
        PATH: process.env.PATH,
        HOME: root,
        TMPDIR: root,
        CHECKPOINT_DISABLE: "1",
        TF_CLI_CONFIG_FILE: join(root, "terraform.rc"),
        ...environment,
      },
    });
    return { status, output: stdout + stderr };
  }

  beforeEach(async () => {
    const zip = new ZipFile();
    zip.addBuffer(Buffer.from("#!/bin/sh\n"), "terraform-provider-fake_v1.0.0", { mode: 0o100755 });
    zip.end();
    write(archive, "");
    await pipeline(zip.outputStream, createWriteStream(join(root, archive)));
    const mirror = JSON.stringify(join(root, "mirror"));
    write("terraform.rc", `provider_installation {\n  filesystem_mirror {\n    path = ${mirror}\n  }\n}\n`);
    for (const stack of ["one", "two"])
      write(`${stack}/stack.tf.json`, JSON.stringify({ terraform: required }));
  });

  it("saves the second init a download, and is compared with the lock file", () => {
    expect(run("terraform -chdir=one init")).toMatchObject({ status: 0 });
    cpSync(join(root, "one/.terraform.lock.hcl"), join(root, "two/.terraform.lock.hcl"));
    rmSync(join(root, "one/.terraform"), { recursive: true });
    const both = run(
      ". buildspecs/terraform.sh && terraform -chdir=one init -lockfile=readonly && " +
        // Terraform still reads the list of versions, and fails if it opens the archive.
        `echo damaged > ${archive} && terraform -chdir=two init -lockfile=readonly`,
    );
    expect(both).toMatchObject({ status: 0 });
    expect(both.output).toMatch(/Installing acme\/fake[^]*Using acme\/fake v1\.0\.0 from the shared cache/);
  });

  it("is a folder that no other build has", () => {
    const folders = [1, 2].map(
      () => run('. buildspecs/terraform.sh && echo "cache $TF_PLUGIN_CACHE_DIR"').output,
    );
    expect(new Set(folders).size).toBe(2);
    for (const folder of folders) expect(folder).toContain(`cache ${root}/`);
  });

  it("is that of the machine if there is one", () => {
    const { output } = run('. buildspecs/terraform.sh && echo "cache $TF_PLUGIN_CACHE_DIR"', {
      TF_PLUGIN_CACHE_DIR: "/shared",
    });
    expect(output).toContain("cache /shared");
  });
});
