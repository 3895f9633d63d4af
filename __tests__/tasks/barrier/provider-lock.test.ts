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

  it.each([
    ["acme/aws", "5.100.0"],
    ["example.com/hashicorp/aws", "5.100.0"],
    ["aws", "5.100.1"],
  ])("refuses %s %s, which is not locked", (source, version) => {
    expect(() => lockOf(required(source, version), lock)).toThrow(/has no hashes for .*new-provider-version/);
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

  it("says from which go.sum the GitHub provider was built, and with which Go", () => {
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
