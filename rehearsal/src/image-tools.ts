import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Creates the commands that CodeBuild's images have and this machine may lack: `aws`.
 * https://github.com/aws/aws-codebuild-docker-images/blob/master/al/x86_64/standard/5.0/Dockerfile
 *
 * @param root the checkout, with `.cache/aws-cli` set up
 * @returns the folder for the PATH of builds
 */
export async function imageTools(root: string, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  // Quoted for the shell, because the path can contain any character.
  const python = `'${join(root, ".cache/aws-cli/bin/python").replaceAll("'", String.raw`'\''`)}'`;
  await writeFile(join(folder, "aws"), `#!/bin/sh\nexec ${python} -m awscli "$@"\n`, { mode: 0o755 });
  return folder;
}
