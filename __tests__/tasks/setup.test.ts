import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const sources = resolve(__dirname, "../..");
const platform = `${process.platform}_${process.arch === "x64" ? "amd64" : process.arch}`;

const setupFiles = ["tasks/setup.mjs", "tasks/setup", "tasks/github-provider"];

/**
 * A copy of what setup needs, on a machine that has only the tools a test gives it: shell scripts that
 * answer as the tools do and note in `calls` that they were called.
 */
let root: string;
let tools: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "an operator's project (1) ü-")));
  tools = join(root, "bin");
  const requirements = [
    "rehearsal/src/ministack",
    "rehearsal/src/aws-cli",
    "__tests__/e2e/schemathesis",
    "__tests__/oracles/scanners",
  ].map((folder) => `${folder}/requirements.txt`);
  for (const path of [...setupFiles, ...requirements]) {
    cpSync(join(sources, path), join(root, path), { recursive: true });
  }
  write("package-lock.json", JSON.stringify(lock("1.0.0")));
  write(".terraform.lock.hcl", `"${hashOf("provider\n")}",\n`);
  tool("git", "echo git version 2.40.1");
  tool("terraform", 'echo \'{ "terraform_version": "1.11.4" }\'');
  tool("bash", "echo 'GNU bash, version 5.2.15(1)-release'");
  tool("npm", "/bin/mkdir -p node_modules");
  // Makes the environment's own python, which stands for pip.
  tool(
    "python3",
    `case "$1" in
       -c) echo 3.11.7 ;;
       -m) /bin/mkdir -p "$3/bin"; printf '#!/bin/sh\\necho pip "$@" >> "%s/calls"\\n' "${root}" > "$3/bin/python"; /bin/chmod +x "$3/bin/python" ;;
     esac`,
  );
  tool("curl", "exit 6");
  tool("go", `[ "$1" = version ] || { while [ "$1" != -o ]; do shift; done; echo provider > "$2"; }`);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function lock(version: string) {
  return { lockfileVersion: 3, packages: { "": {}, "node_modules/a": { version, integrity: "sha512-a" } } };
}

/** The hash of the GitHub provider's folder, as Terraform computes it, if its program has these contents. */
function hashOf(contents: string): string {
  const sha256 = (text: string) => createHash("sha256").update(text);
  const line = `${sha256(contents).digest("hex")}  terraform-provider-github_v6.11.1\n`;
  return `h1:${sha256(line).digest("base64")}`;
}

function write(path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

function tool(name: string, script: string): void {
  write(`bin/${name}`, `#!/bin/sh\necho ${name} "$@" >> "${root}/calls"\n${script}\n`);
  chmodSync(join(tools, name), 0o755);
}

function setup(part: string[] = [], environment: Record<string, string> = {}) {
  rmSync(join(root, "calls"), { force: true });
  const result = spawnSync(process.execPath, ["tasks/setup.mjs", ...part], {
    cwd: root,
    encoding: "utf8",
    env: { PATH: tools, HOME: root, XDG_DATA_DIRS: join(root, "share"), ...environment },
  });
  const calls = existsSync(join(root, "calls")) ? readFileSync(join(root, "calls"), "utf8") : "";
  return { status: result.status, output: result.stdout + result.stderr, calls };
}

const rehearsal = ["rehearsal"];

/** A filesystem mirror with the AWS provider. */
function mirror(folder: string, provider = "hashicorp/aws/5.100.0"): Record<string, string> {
  mkdirSync(join(root, folder, "registry.terraform.io", provider, platform), { recursive: true });
  return { TF_PLUGIN_MIRROR: join(root, folder) };
}

describe("tools", () => {
  it("are all named at once if they are missing or too old, with where to get them", () => {
    rmSync(join(tools, "git"));
    tool("terraform", 'echo \'{ "terraform_version": "1.9.8" }\'');
    tool("python3", "echo 3.9.2");
    const { status, output, calls } = setup(rehearsal);
    expect(status).toBe(1);
    expect(output).toMatch(/git: not found\. Get it from https/);
    expect(output).toMatch(/Terraform 1\.10 or newer: found 1\.9\.8\. Get it from https/);
    expect(output).toMatch(/Python 3\.10 or newer: found 3\.9\.2\. Get it from https/);
    expect(output).not.toMatch(/\bat .*\.mjs/);
    expect(calls).not.toContain("npm");
  });

  it("include a newer Python under another name", () => {
    tool("python3", "echo 3.8.1");
    cpSync(join(tools, "git"), join(tools, "python3.12"));
    tool("python3.12", "echo 3.12.0");
    expect(setup(rehearsal, mirror("mirror")).output).not.toContain("Python 3.10 or newer");
  });

  it("exclude Python without a rehearsal", () => {
    rmSync(join(tools, "python3"));
    expect(setup()).toMatchObject({ status: 0 });
  });

  it.each([
    ["19.9.0", false],
    ["20.18.3", false],
    ["20.19.0", true],
    ["22.1.0", true],
  ])("accept Node.js %s: %s", (version, fits) => {
    const module = JSON.stringify(join(root, "tasks/setup/tools.mjs"));
    const script = `import(${module}).then(({ nodeProblem }) => console.log(nodeProblem("${version}")))`;
    const { stdout } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });
    expect(stdout.trim()).toBe(
      fits
        ? "undefined"
        : `Node.js 20.19 or newer: found ${version}. Get it from https://nodejs.org/en/download`,
    );
  });

  it("are not checked for an unknown part, which is refused", () => {
    expect(setup(["rehersal"])).toMatchObject({
      status: 1,
      output:
        "Usage: node tasks/setup.mjs [rehearsal | dev | schemathesis | oracles | mutation | node-versions]\n",
    });
  });
});

describe("node packages", () => {
  it("are installed once, and again if the lock file changes", () => {
    const first = setup();
    expect(first.calls).toContain("npm ci");
    expect(first.output).toMatch(/^Installing packages \(npm ci\) … \d+ s\n$/);
    const second = setup();
    expect(second).toMatchObject({ status: 0, output: "" });
    expect(second.calls).not.toContain("npm");
    write("package-lock.json", JSON.stringify(lock("2.0.0")));
    expect(setup().calls).toContain("npm ci");
  });

  it("are not installed again if npm's own record has them", () => {
    write("node_modules/.package-lock.json", JSON.stringify(lock("1.0.0")));
    mkdirSync(join(root, "node_modules/a"));
    const first = setup();
    expect(first).toMatchObject({ status: 0, output: "" });
    expect(first.calls).not.toContain("npm");
  });

  it.each(["another version", "a missing folder"])("are installed over %s", (what) => {
    write(
      "node_modules/.package-lock.json",
      JSON.stringify(lock(what === "another version" ? "0.9.0" : "1.0.0")),
    );
    if (what === "another version") mkdirSync(join(root, "node_modules/a"));
    expect(setup().calls).toContain("npm ci");
  });

  it("are an error with npm's last lines if they cannot be installed, and are tried again", () => {
    tool("npm", "echo npm error network unreachable; exit 1");
    const failed = setup();
    expect(failed.status).toBe(1);
    expect(failed.output).toMatch(/npm error network unreachable\n.*npm ping/);
    expect(setup().calls).toContain("npm ci");
  });

  describe("in a folder that is a link", () => {
    beforeEach(() => {
      write("elsewhere/node_modules/.package-lock.json", JSON.stringify(lock("1.0.0")));
      mkdirSync(join(root, "elsewhere/node_modules/a"));
      symlinkSync("elsewhere/node_modules", join(root, "node_modules"));
    });

    it("are used unchanged", () => {
      expect(setup()).toMatchObject({ status: 0, output: "" });
      expect(readdirSync(join(root, "elsewhere/node_modules"))).toEqual([".package-lock.json", "a"]);
    });

    it("are not replaced if the lock file has others", () => {
      write("package-lock.json", JSON.stringify(lock("2.0.0")));
      const { status, output, calls } = setup();
      expect(status).toBe(1);
      expect(output).toBe(
        `${join(root, "node_modules")} is a link to ${join(root, "elsewhere/node_modules")}, whose packages are not ` +
          "those of package-lock.json here. Nothing was installed: npm would replace them for the other folder too. " +
          "Remove the link and run the command again.\n",
      );
      expect(calls).not.toContain("npm ci");
    });
  });

  it("cannot be installed without a lock file", () => {
    rmSync(join(root, "package-lock.json"));
    const { status, output } = setup();
    expect(status).toBe(1);
    expect(output).toContain("package-lock.json is missing");
  });
});

describe("the emulator", () => {
  it("is installed once with hashes, and again when its requirements change", () => {
    const environment = mirror("mirror");
    expect(setup(rehearsal, environment).calls).toMatch(/pip -m pip install .*--require-hashes/);
    expect(existsSync(join(root, ".cache/venv/bin/python"))).toBe(true);
    expect(setup(rehearsal, environment)).toMatchObject({ status: 0, output: "" });
    write("rehearsal/src/ministack/requirements.txt", "other==1");
    expect(setup(rehearsal, environment).calls).toContain("pip -m pip install");
  });

  it("is not left incomplete after a failure", () => {
    tool("python3", `[ "$1" = -c ] && echo 3.11.7 || { /bin/mkdir -p "$3/bin"; exit 3; }`);
    const failed = setup(rehearsal, mirror("mirror"));
    expect(failed.status).toBe(1);
    expect(failed.output).toContain("python3-venv");
    expect(existsSync(join(root, ".cache/venv"))).toBe(false);
  });
});

describe("a tool that only tests use", () => {
  it("is installed once, and only by its own setup", () => {
    setup(rehearsal, mirror("mirror"));
    expect(existsSync(join(root, ".cache/schemathesis"))).toBe(false);
    expect(setup(["schemathesis"]).calls).toMatch(/pip -m pip install .*__tests__\/e2e\/schemathesis/);
    expect(existsSync(join(root, ".cache/schemathesis/bin/python"))).toBe(true);
    expect(setup(["schemathesis"])).toMatchObject({ status: 0, output: "", calls: "" });
  });

  it("is kept if another setup has installed it meanwhile", () => {
    const [place, other] = [join(root, ".cache/schemathesis"), join(root, "other")];
    setup(["schemathesis"]);
    renameSync(place, other);
    write("other/used", "");
    const pip = `#!/bin/sh\\n/bin/mv "%s" "%s"\\n`;
    tool(
      "python3",
      `[ "$1" = -c ] && echo 3.11.7 && exit
       /bin/mkdir -p "$3/bin"; printf '${pip}' "${other}" "${place}" > "$3/bin/python"; /bin/chmod +x "$3/bin/python"`,
    );
    expect(setup(["schemathesis"]).status).toBe(0);
    expect(readdirSync(join(root, ".cache"))).toEqual(["schemathesis"]);
    expect(existsSync(join(place, "used"))).toBe(true);
  });
});

describe("Stryker", () => {
  const packages = () => {
    cpSync(join(sources, ".npmrc"), join(root, ".npmrc"));
    write("mutation/package.json", "{}");
    write("mutation/package-lock.json", JSON.stringify(lock("1.0.0")));
    // Where npm was started, and whether scripts are disabled there.
    tool("npm", `echo in "$PWD" >> "${root}/calls"; [ -e .npmrc ] || exit 1; /bin/mkdir -p node_modules`);
  };

  it("is installed once, for the mutation tests only, in its own folder and without install scripts", () => {
    packages();
    setup(rehearsal, mirror("mirror"));
    expect(existsSync(join(root, ".cache/mutation"))).toBe(false);
    const { status, calls } = setup(["mutation"]);
    expect(status).toBe(0);
    expect(calls).toMatch(/in .*\/\.cache\/mutation\n/);
    expect(readFileSync(join(root, ".cache/mutation/.npmrc"), "utf8")).toContain("ignore-scripts=true");
    expect(setup(["mutation"])).toMatchObject({ status: 0, output: "" });
  });

  it("is installed again if its lock file changes", () => {
    packages();
    setup(["mutation"]);
    write("mutation/package-lock.json", JSON.stringify(lock("2.0.0")));
    expect(setup(["mutation"]).calls).toMatch(/in .*\/\.cache\/mutation\n/);
  });
});

it("the AWS CLI is installed for rehearsals, and not for the API alone", () => {
  setup(["dev"]);
  expect(existsSync(join(root, ".cache/aws-cli"))).toBe(false);
  expect(setup(rehearsal, mirror("mirror")).calls).toMatch(/pip -m pip install .*rehearsal\/src\/aws-cli/);
});

describe("Terraform's providers", () => {
  const githubProvider = `.cache/providers/registry.terraform.io/integrations/github/6.11.1/${platform}/terraform-provider-github_v6.11.1`;
  const config = () => readFileSync(join(root, ".cache/terraform.rc"), "utf8");

  it("are installed from the registry through one cache if it answers, which is checked once", () => {
    tool("curl", "exit 0");
    expect(setup(rehearsal).status).toBe(0);
    expect(config()).toContain(`plugin_cache_dir = "${join(root, ".cache/plugin-cache")}"`);
    expect(existsSync(join(root, ".cache/plugin-cache"))).toBe(true);
    const ofBuilds = readFileSync(join(root, ".cache/terraform-builds.rc"), "utf8");
    expect(ofBuilds).toMatch(/filesystem_mirror \{\n.*\.cache\/plugin-cache"[^]*direct/);
    expect(ofBuilds).not.toContain("plugin_cache_dir");
    const second = setup(rehearsal);
    expect(second).toMatchObject({ status: 0, output: "" });
    expect(second.calls).not.toContain("curl");
  });

  it("use an existing cache", () => {
    tool("curl", "exit 0");
    const cache = join(root, "my-cache");
    setup(rehearsal, { TF_PLUGIN_CACHE_DIR: cache });
    expect(config()).toContain(`plugin_cache_dir = "${cache}"`);
  });

  it("are otherwise installed from a mirror and Go's module proxy, and built once", () => {
    const environment = mirror("mirror");
    expect(setup(rehearsal, environment).calls).toContain("go build");
    expect(config()).toContain(`path    = "${join(root, "mirror")}"`);
    expect(config()).toContain(`path    = "${join(root, ".cache/providers")}"`);
    expect(config()).not.toContain("direct");
    expect(existsSync(join(root, githubProvider))).toBe(true);
    const second = setup(rehearsal, environment);
    expect(second).toMatchObject({ status: 0, output: "" });
    expect(second.calls).not.toMatch(/go|curl/);
  });

  it("are built with the Go version of the lock file's hash, and again if another has built them", () => {
    const environment = mirror("mirror");
    tool(
      "go",
      `[ "$1" = version ] || { while [ "$1" != -o ]; do shift; done; echo provider > "$2"; echo "$GOTOOLCHAIN" > go; }`,
    );
    setup(rehearsal, environment);
    const [, go] = /^toolchain (.+)$/m.exec(
      readFileSync(join(sources, "tasks/github-provider/go.mod"), "utf8"),
    )!;
    expect(readFileSync(join(root, "tasks/github-provider/go"), "utf8")).toBe(`${go}\n`);
    write(githubProvider, "of another Go\n");
    rmSync(join(root, ".cache/providers.json"));
    const again = setup(rehearsal, environment);
    expect(again.status).toBe(0);
    expect(again.calls).toContain("go build");
    expect(readFileSync(join(root, githubProvider), "utf8")).toBe("provider\n");
  });

  it("are an error and not used if the lock file does not have their hash", () => {
    write(".terraform.lock.hcl", "");
    const { status, output } = setup(rehearsal, mirror("mirror"));
    expect(status).toBe(1);
    expect(output).toContain(`its hash is ${hashOf("provider\n")}, which .terraform.lock.hcl does not have`);
    expect(existsSync(join(root, githubProvider))).toBe(false);
    expect(existsSync(join(root, ".cache/terraform.rc"))).toBe(false);
  });

  it("are found in Terraform's implied mirrors", () => {
    mirror("share/terraform/plugins");
    expect(setup(rehearsal).status).toBe(0);
    expect(config()).toContain(`path    = "${join(root, "share/terraform/plugins")}"`);
  });

  it.each([
    ["6.11.1", "may both be in a mirror, packed as `terraform providers mirror` packs them"],
    ["6.9.0", "are not taken from a mirror in a version that the stacks do not ask for"],
  ])("%s: %s", (github) => {
    for (const [name, version] of [
      ["hashicorp/aws", "5.100.0"],
      ["integrations/github", github],
    ] as const) {
      const file = `terraform-provider-${name.split("/")[1]}_${version}_${platform}.zip`;
      write(`packed/registry.terraform.io/${name}/${file}`, "");
    }
    const { status, calls } = setup(rehearsal, { TF_PLUGIN_MIRROR: join(root, "packed") });
    expect(status).toBe(0);
    expect(calls.includes("go build")).toBe(github === "6.9.0");
  });

  it("have the versions that the stacks require", () => {
    const read = (file: string) => readFileSync(join(sources, file), "utf8");
    const mirrors = read("tasks/setup/mirrors.mjs");
    const [, github] = /required_providers\.github\.version", "(.+)"/.exec(
      read("stacks/constructs/github-source.ts"),
    )!;
    expect(mirrors).toContain(`version: "${github}"`);
    expect(mirrors).toContain(String.raw`accept: /^${github!.replaceAll(".", String.raw`\.`)}$/`);
    expect(read("tasks/github-provider/go.mod")).toContain(`terraform-provider-github/v6 v${github}\n`);
    const [, aws] = /providerVersion: '(.+)'/.exec(
      read("node_modules/@cdktf/provider-aws/lib/provider/index.js"),
    )!;
    expect(mirrors).toContain(`version: "${aws}"`);
  });

  it("are searched again if the mirror is deleted", () => {
    const environment = mirror("mirror");
    setup(rehearsal, environment);
    rmSync(join(root, "mirror"), { recursive: true });
    mirror("elsewhere");
    setup(rehearsal, { TF_PLUGIN_MIRROR: join(root, "elsewhere") });
    expect(config()).toContain(join(root, "elsewhere"));
  });

  it("are an error that names Go if they need it and it is missing", () => {
    rmSync(join(tools, "go"));
    const { status, output } = setup(rehearsal, mirror("mirror"));
    expect(status).toBe(1);
    expect(output).toMatch(
      /needs Go 1\.24 or newer, which was not found\. Install it from https:\/\/go\.dev\/dl/,
    );
  });

  it("are left to an existing configuration", () => {
    write("own.rc", "");
    const { status, calls } = setup(rehearsal, { TF_CLI_CONFIG_FILE: join(root, "own.rc") });
    expect(status).toBe(0);
    expect(calls).not.toContain("curl");
    expect(existsSync(join(root, ".cache/terraform.rc"))).toBe(false);
  });

  it("are prepared despite a configuration that does not exist", () => {
    setup(rehearsal, { ...mirror("mirror"), TF_CLI_CONFIG_FILE: join(root, "none.rc") });
    expect(existsSync(join(root, ".cache/terraform.rc"))).toBe(true);
  });

  it("are an error that lists the searched folders if the version is missing", () => {
    const mirrors = readFileSync(join(root, "tasks/setup/mirrors.mjs"), "utf8");
    write(
      "tasks/setup/mirrors.mjs",
      mirrors.replaceAll("5.100.0", "5.999.0").replaceAll("5\\.100\\.0", "5\\.999\\.0"),
    );
    const { status, output } = setup(rehearsal, mirror("mirror"));
    expect(status).toBe(1);
    expect(output).toMatch(/hashicorp\/aws 5\.999\.0.*does not answer/);
    expect(output).toContain(join(root, "mirror"));
    expect(output).toContain("set TF_PLUGIN_MIRROR");
  });
});

describe("the project's folder", () => {
  it.each([
    ["with:colon", 'has ":" in its name'],
    ["why?", 'has "?" in its name'],
    ["with\nline break", "has a control character in its name"],
  ])("%j is refused by its name, before anything is done", (name, message) => {
    const folder = join(root, name);
    cpSync(join(root, "tasks"), join(folder, "tasks"), { recursive: true });
    const { status, stderr } = spawnSync(process.execPath, ["tasks/setup.mjs"], {
      cwd: folder,
      encoding: "utf8",
      env: { PATH: tools },
    });
    expect(status).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).toContain("Move the project elsewhere.");
    expect(readdirSync(folder)).toEqual(["tasks"]);
  });
});
