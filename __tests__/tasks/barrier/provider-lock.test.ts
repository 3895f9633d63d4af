import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { lockedProviders, lockOf } from "../../../tasks/barrier/provider-lock";
import { pipelineJson, serviceJson } from "./synthesized-stacks";

const root = join(__dirname, "../../..");
const lock = readFileSync(join(root, ".terraform.lock.hcl"), "utf8");
const providers = lockedProviders(lock);

const required = (source: string, version: string) => ({
  terraform: { required_providers: { one: { source, version } } },
});

describe("lockOf", () => {
  it("returns the providers that a stack requires, and no other", () => {
    const addresses = (stack: Parameters<typeof lockOf>[0]) =>
      lockedProviders(lockOf(stack, lock)).map(({ address }) => address);
    expect(addresses(serviceJson())).toEqual(["registry.terraform.io/hashicorp/aws"]);
    expect(addresses(pipelineJson())).toEqual([
      "registry.terraform.io/hashicorp/aws",
      "registry.terraform.io/integrations/github",
    ]);
  });

  it("finds a provider whose source leaves out the host, or the namespace too", () => {
    const [aws] = providers;
    for (const source of ["aws", "hashicorp/aws", "registry.terraform.io/hashicorp/aws"])
      expect(lockOf(required(source, "5.100.0"), lock)).toBe(aws!.block);
  });

  it("writes the providers in the order and format of Terraform", () => {
    const [aws, github] = providers.map(({ block }) => block);
    const both = {
      terraform: {
        required_providers: {
          github: { source: "integrations/github", version: "6.11.1" },
          aws: { source: "aws", version: "5.100.0" },
        },
      },
    };
    expect(lockOf(both, lock)).toBe(`${aws}\n${github}`);
  });

  it("refuses a source that is not a string", () => {
    const stack = { terraform: { required_providers: { aws: { source: ["aws"], version: "5.100.0" } } } };
    expect(() => lockOf(stack, lock)).toThrow(
      '.terraform.lock.hcl has no hashes for registry.terraform.io/hashicorp/["aws"] "5.100.0"',
    );
  });

  it.each([
    ["acme/aws", "5.100.0"],
    ["example.com/hashicorp/aws", "5.100.0"],
    ["aws", "5.100.1"],
  ])("refuses %s %s, which is not locked", (source, version) => {
    expect(() => lockOf(required(source, version), lock)).toThrow(/has no hashes for .*new-provider-version/);
  });
});

describe("lockedProviders", () => {
  const block = (lines: string) => `provider "a/b/c" {\n${lines}}\n`;
  const version = '  version     = "1.2.3"\n';

  it("reads a provider up to its last line", () => {
    const inner = block(`${version}  nested {\n  }\n  hashes = [\n    "h1:a=",\n  ]\n`);
    expect(lockedProviders(`# provider "x" {\n${inner}\n${inner}`)).toEqual(
      [inner, inner].map((block) => ({ address: "a/b/c", version: "1.2.3", hashes: ["h1:a="], block })),
    );
  });

  it("takes a version and hashes only from lines of their own", () => {
    for (const line of [
      '  # version = "1.2.3"\n',
      '  version = "1.2.3" # not\n',
      '#  version = "1.2.3"\n',
      "",
    ])
      expect(lockedProviders(block(line))).toEqual([expect.objectContaining({ version: "" })]);
    for (const line of ['#    "h1:a=",\n', '    "h1:a=", # not\n', "    h1:a=,\n"])
      expect(lockedProviders(block(version + line))).toEqual([expect.objectContaining({ hashes: [] })]);
  });
});

describe("the lock file of this project", () => {
  it("has archives for every platform, and both builds of the GitHub provider unpacked", () => {
    const count = (scheme: string) =>
      providers.map(({ hashes }) => hashes.filter((hash) => hash.startsWith(scheme)).length);
    expect(count("zh:")).toEqual([15, 15]);
    expect(count("h1:")).toEqual([2, 8]);
    for (const { hashes } of providers) {
      expect(new Set(hashes).size).toBe(hashes.length);
      for (const hash of hashes) expect(hash).toMatch(/^(zh:[0-9a-f]{64}|h1:[A-Za-z0-9+/]{43}=)$/);
    }
  });

  it("names the go.sum and the Go version of the GitHub provider's build", () => {
    const sum = createHash("sha256")
      .update(readFileSync(join(root, "tasks/github-provider/go.sum")))
      .digest("hex");
    expect(lock).toContain(`go.sum sha256:${sum}`);
    const [, go] = /^toolchain go(.+)$/m.exec(
      readFileSync(join(root, "tasks/github-provider/go.mod"), "utf8"),
    )!;
    expect(lock).toContain(`with Go ${go}`);
  });
});
