import { mkdtempSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sbomOf } from "../../../tasks/provenance/sbom";
import { root, source } from "./built-commit";

/** This project's packages. */
const own = {
  "package.json": readFileSync(join(root, "package.json"), "utf8"),
  "package-lock.json": readFileSync(join(root, "package-lock.json"), "utf8"),
};

interface Sbom {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
}

interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses?: readonly object[];
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** What npm says of a component, such as that it is private. */
function properties({ properties = [] }: Component): string[] {
  return properties.map(({ name }) => name.replace("cdx:npm:package:", ""));
}

describe("sbomOf", () => {
  let sbom: string;
  beforeAll(async () => {
    sbom = await sbomOf(source(own), "heavy-water");
  });

  it("lists every package of the lock file, with its version and hash", () => {
    const { bomFormat, specVersion, metadata, components } = JSON.parse(sbom) as Sbom;
    expect({ bomFormat, specVersion, name: metadata.component.name }).toEqual({
      bomFormat: "CycloneDX",
      specVersion: "1.5",
      name: "heavy-water",
    });
    const lock = JSON.parse(own["package-lock.json"]) as {
      packages: Record<string, { name?: string; version?: string; integrity?: string; link?: boolean }>;
    };
    const packages = Object.entries(lock.packages).filter(([path, { link }]) => path !== "" && !link);
    // A package that is installed under another name has its own in the lock file, and in its URL.
    const locked = packages.map(
      ([path, { name, version }]) => `pkg:npm/${name ?? path.replace(/^.*node_modules\//, "")}@${version}`,
    );
    const listed = components.map(({ purl }) => decodeURIComponent(purl.replace(/\?.*/, "")));
    expect(listed.sort()).toEqual([...new Set(locked)].sort());
    // Of a package that another one brings in its own archive there is no hash.
    const hashes = components.flatMap(({ hashes = [] }) => hashes.map(({ content }) => content));
    expect(hashes.length).toBeGreaterThan(500);
    const integrities = packages.map(([, { integrity = "" }]) =>
      Buffer.from(integrity.replace(/^sha512-/, ""), "base64").toString("hex"),
    );
    expect(hashes.filter((hash) => !integrities.includes(hash))).toEqual([]);
  });

  it("names the project as its package.json does, and knows which packages it asks for", () => {
    const { metadata, components } = JSON.parse(sbom) as Sbom;
    const { name, version, dependencies, devDependencies } = JSON.parse(own["package.json"]) as Manifest;
    expect(metadata.component).toMatchObject({
      version,
      purl: `pkg:npm/${name}@${version}`,
      licenses: [{ license: { id: "MIT" } }],
    });
    expect(properties(metadata.component)).toEqual(["private"]);
    const asked = Object.entries({ ...dependencies, ...devDependencies }).map((one) => one.join("@"));
    const known = components.filter((one) => !properties(one).includes("extraneous"));
    expect(known.map((one) => `${one.name}@${one.version}`)).toEqual(expect.arrayContaining(asked));
  });

  it("knows optional packages, those of a host, and a version that replaces another", async () => {
    const asked = {
      dependencies: { one: "1.0.0" },
      optionalDependencies: { two: "1.0.0" },
      peerDependencies: { three: "1.0.0" },
    };
    const packages = {
      "": { name: "a", version: "1.0.0", ...asked },
      "node_modules/one": { version: "1.0.0", dependencies: { four: "1.0.0" } },
      "node_modules/two": { version: "1.0.0", optional: true },
      "node_modules/three": { version: "1.0.0", peer: true },
      "node_modules/four": { version: "2.0.0" },
    };
    const small = source({
      "package.json": JSON.stringify({
        name: "a",
        version: "1.0.0",
        ...asked,
        overrides: { four: "2.0.0" },
      }),
      "package-lock.json": JSON.stringify({ name: "a", version: "1.0.0", lockfileVersion: 3, packages }),
    });
    const { components } = JSON.parse(await sbomOf(small, "heavy-water")) as Sbom;
    const found = components.map((one) => [
      one.name,
      one.version,
      properties(one).filter((name) => name === "extraneous"),
    ]);
    expect(found.sort()).toEqual([
      ["four", "2.0.0", []],
      ["one", "1.0.0", []],
      ["three", "1.0.0", []],
      ["two", "1.0.0", []],
    ]);
  });

  it("leaves no file behind", async () => {
    const { TMPDIR } = process.env;
    const folder = mkdtempSync(join(tmpdir(), "empty-"));
    try {
      const built = source(own);
      process.env.TMPDIR = folder;
      await sbomOf(built, "heavy-water");
      expect(readdirSync(folder)).toEqual([]);
      rmdirSync(folder);
    } finally {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    }
  });

  it("is the same text each time, so that commits with the same packages share it", async () => {
    expect(await sbomOf(source(), "heavy-water")).toBe(await sbomOf(source(), "heavy-water"));
  });

  it("neither reads the commit's configuration nor runs its code", async () => {
    const manifest = JSON.parse(own["package.json"]) as object;
    const hostile = source({
      ...own,
      ".npmrc": "registry=http://localhost:1\nscript-shell=/bin/false\nomit=dev",
      "package.json": JSON.stringify({ ...manifest, workspaces: ["../*"], scripts: { prepare: "exit 1" } }),
    });
    expect(await sbomOf(hostile, "heavy-water")).toBe(sbom);
  });

  it.each([
    ["package-lock.json", "[]", "package-lock.json of the commit is not a JSON object"],
    ["package.json", "{", "package.json of the commit is not a JSON object"],
    [
      "package.json",
      '{"name":"a","version":"1.0.0","dependencies":{"no-such-package":"1.0.0"}}',
      /npm cannot list the packages of the commit[^]*missing/,
    ],
  ])("refuses a %s such as %s", async (file, contents, message) => {
    process.env.npm_config_loglevel = "silent";
    await expect(sbomOf(source({ [file]: contents }), "heavy-water")).rejects.toThrow(message);
  });
});
