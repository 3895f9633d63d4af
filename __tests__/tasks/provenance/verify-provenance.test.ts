import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderDigest } from "../../../tasks/barrier/folder-digest";
import { sha256Of } from "../../../tasks/provenance/statement";
import { verifyProvenance } from "../../../tasks/provenance/verify-provenance";
import { artifact, commit, history, settings, state } from "./built-commit";
import { StoredObjects } from "./stored-objects";

const s3 = new StoredObjects();
const built = artifact();
let provenance: string;

beforeAll(async () => {
  provenance = await state(s3, built);
});

/** What DeployOnProd does before Terraform runs. */
async function verify(
  changes: { provenance?: string; artifact?: string; commit?: string } = {},
): Promise<void> {
  const of = changes.artifact ?? built;
  await verifyProvenance(s3, settings, {
    commit,
    provenance,
    artifact: of,
    digest: await folderDigest(of),
    ...changes,
  });
}

/** With an object of the bucket changed, and as it was again afterwards. */
async function tampered(
  key: RegExp,
  change: (text: string) => string,
  act: () => Promise<void>,
): Promise<void> {
  const before = new Map(s3.objects);
  s3.tamper(key, change);
  try {
    await act();
  } finally {
    for (const [name, text] of before) s3.objects.set(name, text);
  }
}

const statement = () => new RegExp(`${provenance}\\.json$`);

describe("verifyProvenance", () => {
  it("accepts what CheckBuild stated", async () => {
    await expect(verify()).resolves.toBeUndefined();
  });

  it("accepts the statement on one execution, whatever another execution of the commit states", async () => {
    const other = artifact();
    appendFileSync(join(other, "dist/programs.zip"), "other");
    const later = await state(s3, other, history(commit, "hw-UnitTest:2"));
    expect(later).not.toBe(provenance);
    await expect(verify()).resolves.toBeUndefined();
    await expect(verify({ artifact: other })).rejects.toThrow("does not match what would be deployed");
    await expect(verify({ artifact: other, provenance: later })).resolves.toBeUndefined();
  });

  it("names each file that differs from the statement", async () => {
    const other = artifact();
    appendFileSync(join(other, "dist/programs.zip"), "other");
    await expect(verify({ artifact: other })).rejects.toThrow(
      /describes another artifact than [0-9a-f]{64}\n {2}- dist\/programs\.zip is [0-9a-f]{64} in it, and [0-9a-f]{64} in the artifact$/,
    );
  });

  it("ignores files that are not deployed, unlike the artifact's digest", async () => {
    const other = artifact();
    mkdirSync(join(other, "dist/integration"));
    writeFileSync(join(other, "dist/integration/a.test.mjs"), "");
    const problems = await verify({ artifact: other }).then(String, (error: Error) => error.message);
    expect(problems.match(/^ {2}- .*/gm)).toEqual([expect.stringContaining("describes another artifact")]);
  });

  it("refuses a statement that was changed or deleted", async () => {
    await tampered(
      statement(),
      (text) => text.replace("acme", "evil"),
      async () => expect(verify()).rejects.toThrow(/was changed after it was stored/),
    );
    await expect(verify({ provenance: "c".repeat(64) })).rejects.toThrow(/There is no s3:/);
  });

  it("refuses a statement about another commit, even under its correct name", async () => {
    const [text] = [...s3.objects].flatMap(([key, text]) => (key.includes(provenance) ? [text] : []));
    const other = text!.replaceAll(commit, "f".repeat(40));
    s3.objects.set(`hw/provenance/${commit}/${sha256Of(other)}.json`, other);
    await expect(verify({ provenance: sha256Of(other) })).rejects.toThrow(
      `it is about commit ${"f".repeat(40)}`,
    );
  });

  it.each([
    ["another type of statement", (text: string) => text.replace("slsa.dev", "example.com"), "predicateType"],
    ["no JSON", () => "evil", "it is not JSON"],
    ["a statement without packages", (text: string) => text.replace('"sbom"', '"other"'), "no SBOM"],
  ])("refuses %s", async (_, change, message) => {
    const [text] = [...s3.objects].flatMap(([key, text]) => (key.includes(provenance) ? [text] : []));
    const digest = sha256Of(change(text!));
    s3.objects.set(`hw/provenance/${commit}/${digest}.json`, change(text!));
    await expect(verify({ provenance: digest })).rejects.toThrow(message);
  });

  it("refuses a list of packages that was changed", async () => {
    await tampered(
      /\.cdx\.json$/,
      (text) => text.replace('"version"', '"versions"'),
      async () => expect(verify()).rejects.toThrow(/sbom\/[0-9a-f]{64}\.cdx\.json was changed/),
    );
  });

  it("names a file that only the statement or only the artifact has, in the order of the names", async () => {
    const [text] = [...s3.objects].flatMap(([key, text]) => (key.includes(provenance) ? [text] : []));
    const other = text!.replace('"cdktf.out/stacks/pipeline/cdk.tf.json"', '"z"');
    s3.objects.set(`hw/provenance/${commit}/${sha256Of(other)}.json`, other);
    const message = await verify({ provenance: sha256Of(other) }).then(
      String,
      (error: Error) => error.message,
    );
    expect(message).toMatch(
      /:\n {2}- cdktf\.out\/stacks\/pipeline\/cdk\.tf\.json is not in it, and ([0-9a-f]{64}) in the artifact\n {2}- z is \1 in it, and not in the artifact$/,
    );
  });

  it.each([
    ...[{ provenance: "" }, { provenance: "../x" }, { commit: "" }, { commit: "main" }],
    ...[`x${"a".repeat(40)}`, `${"a".repeat(40)}/`, "A".repeat(40)].map((commit) => ({ commit })),
    ...[`x${"a".repeat(64)}`, `${"a".repeat(64)}/`, "A".repeat(64)].map((provenance) => ({ provenance })),
  ])("refuses %p, which names no statement", async (changes) => {
    await expect(verify(changes)).rejects.toThrow("COMMIT and PROVENANCE must name a statement");
  });
});
