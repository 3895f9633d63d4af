import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { outputOf } from "../process";
import { isObject, type Json, type JsonObject } from "../../stacks/stack-json";

/** Bytes of an SBOM: ours has 700 kB. */
const MOST_BYTES = 32 * 1024 * 1024;

/** The keys of package.json that determine the packages. */
const KEPT = [
  ...["name", "version", "license", "private", "overrides"],
  ...["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"],
];

/**
 * Returns the SBOM of a commit's lock file, as CycloneDX 1.5. npm only reads the lock file: it installs nothing and asks
 * no registry (https://docs.npmjs.com/cli/v11/commands/npm-sbom). The same packages give the same text: the optional
 * serial number and time are removed.
 *
 * @param source the commit's files; its package.json and package-lock.json are read, as data
 * @param name the name of the project
 * @throws Error with npm's reason
 */
export async function sbomOf(source: string, name: string): Promise<string> {
  const { "//": _comment, ...manifest } = await readJson(source, "package.json");
  const lock = await readJson(source, "package-lock.json");
  const root = await mkdtemp(join(tmpdir(), "sbom-"));
  try {
    // npm takes the project's name from its folder, and finds no `.npmrc` there.
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
    // The error is below.
  }
  throw new Error(
    `${file} of the commit is not a JSON object, so its packages are not known. Fix it and push.`,
  );
}

async function npmSbom(folder: string): Promise<string> {
  // npm reports a broken lock file as an error in its log, which npm_config_loglevel can switch off.
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

/** Removes what differs in each run of npm from an SBOM. */
function withoutRun({ serialNumber: _serial, metadata, ...rest }: JsonObject): string {
  const { timestamp: _time, ...about } = isObject(metadata) ? metadata : {};
  return `${JSON.stringify({ ...rest, metadata: about }, undefined, 2)}\n`;
}
