import type { Dirent } from "node:fs";
import { lstat, readdir, readlink, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";

/** The providers that the Terraform commands of a build download in AWS, where no mirror has them. */
export interface ProviderDownloads {
  readonly count: number;
  /** The size of the unpacked providers. */
  readonly bytes: number;
}

/** The levels of a provider's folder: host, namespace, type, version, platform. */
const LEVELS = 5;

/** A build's packages have no providers, but tens of thousands of files. */
const SKIPPED = new Set(["node_modules", ".git"]);

/**
 * Counts the providers that Terraform has installed below some folders. One that is a link into the plugin cache was
 * already there; each other one, and each one in the cache, is a download.
 *
 * @param cache the build's plugin cache, if it has one
 */
export async function providerDownloads(
  folders: readonly string[],
  cache: string | undefined,
): Promise<ProviderDownloads> {
  const installed = (await Promise.all(folders.map(installedProviders))).flat();
  const cached = cache === undefined ? [] : await descendants(cache, LEVELS);
  const isDownload = await Promise.all(installed.map((provider) => isOutside(provider, cache)));
  const downloads = [...cached, ...installed.filter((_, index) => isDownload[index])];
  const sizes = await Promise.all(downloads.map(sizeOf));
  return { count: downloads.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

/** Returns the folders of the providers that Terraform has installed below a folder. */
async function installedProviders(folder: string): Promise<string[]> {
  const found = (await entriesOf(folder)).filter((entry) => entry.isDirectory() && !SKIPPED.has(entry.name));
  const below = found.map(({ name }) =>
    name === ".terraform"
      ? descendants(join(folder, name, "providers"), LEVELS)
      : installedProviders(join(folder, name)),
  );
  return (await Promise.all(below)).flat();
}

/** Returns what is some levels below a folder. */
async function descendants(folder: string, levels: number): Promise<string[]> {
  if (levels === 0) return [folder];
  const below = (await entriesOf(folder)).map(({ name }) => descendants(join(folder, name), levels - 1));
  return (await Promise.all(below)).flat();
}

async function isOutside(provider: string, cache: string | undefined): Promise<boolean> {
  if (cache === undefined || !(await lstat(provider)).isSymbolicLink()) return true;
  // Terraform resolves the cache's path, which can lead through a link: that of TMPDIR can.
  const resolved = await realpath(cache).catch(() => cache);
  return !(await readlink(provider)).startsWith(resolved + sep);
}

async function sizeOf(provider: string): Promise<number> {
  const files = (await readdir(provider)).map((name) => stat(join(provider, name)));
  return (await Promise.all(files)).reduce((sum, { size }) => sum + size, 0);
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    // A build can have any folders, also ones without permissions.
    if (["ENOENT", "ENOTDIR", "EACCES"].includes(error.code ?? "")) return [];
    throw error;
  });
}
