/** The program of a build's shell, and its `argv[0]`. */
export interface ShellProgram {
  readonly program: "sh" | "bash";
  readonly name: "sh" | "bash";
}

/** Amazon Linux: `amazonlinux-x86_64-standard`, `amazonlinux2-aarch64-standard`, `al/x86_64/standard` and so on. */
const AMAZON_LINUX = /(^|\/)(amazonlinux|al\d*\/)/;

/**
 * Returns the shell for an image. CodeBuild runs commands with the image's `sh` (awsdocs/aws-codebuild-user-guide#65),
 * or with bash if the buildspec says so. In Amazon Linux `sh` is bash in POSIX mode, which still supports
 * `set -o pipefail` and arrays; on Debian, Ubuntu and many workstations, it is dash.
 */
export function shellProgram(wanted: "sh" | "bash", image: string): ShellProgram {
  const isBash = wanted === "bash" || AMAZON_LINUX.test(image);
  return { program: isBash ? "bash" : "sh", name: wanted };
}
