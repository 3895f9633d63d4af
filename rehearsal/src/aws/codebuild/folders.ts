import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { AwsContext } from "../aws-context";
import type { BuildRequest } from "./build-record";

/** The folders of one build. */
export class BuildFolders {
  /** The primary source. */
  readonly source: string;
  /** The secondary sources by the name of their artifact. */
  readonly secondarySources: Readonly<Record<string, string>>;
  readonly home: string;
  /** Temporary files. */
  readonly temporary: string;
  /** TMPDIR, which is a link to it; undefined until the folders are created. */
  shortTemporary: string | undefined;
  readonly artifacts: string;
  /** Files for the communication with the shell. */
  readonly shell: string;
  readonly log: string;
  /**
   * An empty folder beside the sources. Tools look for `.gitignore` in all parent folders up to one with `.git`: in AWS
   * there is none, here a rehearsal's folder is in the checkout, which ignores it.
   */
  private readonly boundary: string;

  /**
   * @param root the parent of all others
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
    this.boundary = join(root, ".git");
  }

  /**
   * Creates the folders that commands expect. TMPDIR is a link, whose path is short: Terraform and its providers
   * communicate through sockets in it, whose path can have 107 bytes on Linux (unix(7)) and 103 on macOS. Without it
   * "Failed to load plugin schemas" is all they say in a checkout with a long path.
   */
  async create(): Promise<void> {
    for (const folder of [this.source, this.home, this.temporary, this.boundary])
      await mkdir(folder, { recursive: true });
    this.shortTemporary = join(await mkdtemp(join(tmpdir(), "build-")), "tmp");
    await symlink(this.temporary, this.shortTemporary);
  }

  /** Removes the link, when no process of the build is left. */
  async unlink(): Promise<void> {
    if (this.shortTemporary === undefined) return;
    await rm(dirname(this.shortTemporary), { recursive: true, force: true }).catch(() => undefined);
  }

  /** Removes everything except the log: a source with its packages takes a gigabyte. */
  async cleanUp(): Promise<void> {
    const secondary = Object.values(this.secondarySources);
    const own = [this.source, this.home, this.temporary, this.artifacts, this.shell, this.boundary];
    for (const folder of [...own, ...secondary]) {
      // A file that cannot be removed now is removed with the session.
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    }
  }

  /** Removes everything. */
  async remove(): Promise<void> {
    // As above: a file that cannot be removed now is removed with the session.
    await rm(this.root, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Returns the folders of a build. */
export function buildFolders(
  aws: AwsContext,
  { project, number, inputs, primary }: BuildRequest,
): BuildFolders {
  const secondary = inputs.map(({ name }) => name).filter((name) => name !== primary);
  return new BuildFolders(join(aws.folder, "builds", `${project.name}-${number}`), secondary);
}
