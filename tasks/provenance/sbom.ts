import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { outputOf } from "../process";
import { isObject, type Json, type JsonObject } from "../../stacks/stack-json";

/** Bytes of a list of packages: ours has 700 kB. */
const MOST_BYTES = 32 * 1024 * 1024;

/** What of package.json says which packages there are; the rest (scripts, workspaces) is no matter of a list. */
const KEPT = [
  ...["name", "version", "license", "private", "overrides"],
  ...["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"],
];

/**
 * Returns the packages that a commit's lock file names, as CycloneDX 1.5. npm reads them from there: it installs
 * nothing and asks no registry (https://docs.npmjs.com/cli/v11/commands/npm-sbom). The same packages give the same
 * text: npm's serial number and time, which CycloneDX leaves optional, are left out.
 *
 * @param source the commit's files; its package.json and package-lock.json are read, as data
 * @param name the name of the project
 * @throws Error that says what npm does not understand
 */
export async function sbomOf(source: string, name: string): Promise<string> {
  const { "//": _comment, ...manifest } = await readJson(source, "package.json");
  const lock = await readJson(source, "package-lock.json");
  const root = await mkdtemp(join(tmpdir(), "sbom-"));
  try {
    // npm calls the project by the name of its folder, and reads no `.npmrc` where there is none.
    const folder = join(root, name);
    await mkdir(folder);
    const kept = Object.fromEntries(Object.entries(manifest).filter(([key]) => KEPT.includes(key)));
    await writeFile(join(folder, "package.json"), JSON.stringify(kept));
    await writeFile(join(folder, "package-lock.json"), JSON.stringify(lock));
    return withoutRun(JSON.parse(await npmSbom(folder)) as JsonObject);
  } finally {
    await rm(root, { recursive: true });
  }
}

async function readJson(source: string, file: string): Promise<JsonObject> {
  const text = await readFile(join(source, file), "utf8");
  try {
    const json = JSON.parse(text) as Json;
    if (isObject(json)) return json;
  } catch {
    // Said below.
  }
  throw new Error(
    `${file} of the commit is not a JSON object, so its packages are not known. Fix it and push.`,
  );
}

async function npmSbom(folder: string): Promise<string> {
  // What is wrong with a lock file is an error of npm's log, which a build may have switched off (npm_config_loglevel).
  const options = ["--package-lock-only", "--offline", "--loglevel=error"];
  try {
    return await outputOf("npm", ["sbom", "--sbom-format", "cyclonedx", ...options], {
      cwd: folder,
      limit: MOST_BYTES,
    });
  } catch (error) {
    const { stderr = "", message } = error as Error & { stderr?: string };
    throw new Error(
      `npm cannot list the packages of the commit. Run npm install and push package-lock.json.\n${stderr || message}`,
      { cause: error },
    );
  }
}

/** A list of packages without what is another in each run of npm. */
function withoutRun({ serialNumber: _serial, metadata, ...rest }: JsonObject): string {
  const { timestamp: _time, ...about } = isObject(metadata) ? metadata : {};
  const sbom = Object.fromEntries(
    Object.entries({ ...rest, metadata: about }).sort(([one], [other]) => (one < other ? -1 : 1)),
  );
  return `${JSON.stringify(sbom, undefined, 2)}\n`;
}
