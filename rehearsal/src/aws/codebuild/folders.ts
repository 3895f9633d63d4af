import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { AwsContext } from "../aws-context";
import type { BuildRequest } from "./build-record";

/** The folders of one build. */
export class BuildFolders {
  /** The primary source. */
  readonly source: string;
  /** Secondary sources by the name of their artifact. */
  readonly secondarySources: Readonly<Record<string, string>>;
  readonly home: string;
  readonly temporary: string;
  readonly artifacts: string;
  /** What passes between the build and its shell. */
  readonly shell: string;
  readonly log: string;

  /**
   * @param root the folder all others lie in
   * @param secondary names of the secondary sources
   */
  constructor(
    readonly root: string,
    secondary: readonly string[],
  ) {
    this.source = join(root, "src");
    this.secondarySources = Object.fromEntries(secondary.map((name) => [name, join(root, "sources", name)]));
    this.home = join(root, "home");
    this.temporary = join(root, "tmp");
    this.artifacts = join(root, "artifacts");
    this.shell = join(root, "shell");
    this.log = join(root, "log");
  }

  /** Creates what commands expect to be there. */
  async create(): Promise<void> {
    for (const folder of [this.source, this.home, this.temporary]) await mkdir(folder, { recursive: true });
  }

  /** Removes all but the log: a source with its packages takes a gigabyte. */
  async tidy(): Promise<void> {
    const secondary = Object.values(this.secondarySources);
    for (const folder of [this.source, ...secondary, this.home, this.temporary, this.artifacts, this.shell]) {
      // A file that can't be removed now goes with the session.
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    }
  }

  /** Removes everything. */
  async remove(): Promise<void> {
    // The same as for tidying: what can't be removed now goes with the session.
    await rm(this.root, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** The folder of everything that a build creates. */
export function buildFolders(
  aws: AwsContext,
  { project, number, inputs, primary }: BuildRequest,
): BuildFolders {
  const secondary = inputs.map(({ name }) => name).filter((name) => name !== primary);
  return new BuildFolders(join(aws.folder, "builds", `${project.name}-${number}`), secondary);
}
