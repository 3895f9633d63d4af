import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { AwsContext } from "../aws-context";
import type { BuildRequest } from "./build-record";

/**
 * Bytes that the path of TMPDIR can have. Terraform and its providers communicate through sockets in it, named as the
 * one here, whose whole path can have 107 bytes on Linux (unix(7)) and 103 on macOS. If it is longer, "Failed to load
 * plugin schemas" is all they say.
 */
const TEMPORARY_LENGTH = 103 - "/plugin4294967295".length;

/** The folders of one build. */
export class BuildFolders {
  /** The primary source. */
  readonly source: string;
  /** The secondary sources by the name of their artifact. */
  readonly secondarySources: Readonly<Record<string, string>>;
  readonly home: string;
  readonly temporary: string;
  /** A link to it, if its path is too long for TMPDIR. */
  private link: string | undefined;
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

  /** The path by which the build knows `temporary`: short enough for sockets, once the folders are created. */
  get TMPDIR(): string {
    return this.link ?? this.temporary;
  }

  /** Creates the folders that commands expect. */
  async create(): Promise<void> {
    for (const folder of [this.source, this.home, this.temporary, this.boundary])
      await mkdir(folder, { recursive: true });
    // Not always: in AWS it is no link, which makes a difference for programs that compare paths.
    if (Buffer.byteLength(this.temporary) <= TEMPORARY_LENGTH) return;
    this.link = join(await mkdtemp(join(tmpdir(), "build-")), "tmp");
    await symlink(this.temporary, this.link);
  }

  /** Removes the link, when no process of the build is left. */
  async unlink(): Promise<void> {
    if (this.link !== undefined)
      await rm(dirname(this.link), { recursive: true, force: true }).catch(() => undefined);
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
