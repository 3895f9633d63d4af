import { execFile } from "node:child_process";
import { devNull } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { SmallAws } from "../../../rehearsal/__tests__/support/small-aws";

const root = join(__dirname, "../../..");
const run = promisify(execFile);

/**
 * Runs Python with the pinned versions of the AWS CLI and boto3, and with only the usual variables for AWS.
 *
 * @returns what it printed
 * @throws an error with its `stderr`
 */
export async function python(small: SmallAws, ...args: string[]): Promise<string> {
  const { endpoint, region, credentials } = small.client();
  const env = {
    PATH: process.env.PATH,
    AWS_ENDPOINT_URL: endpoint,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: "true",
  };
  const { stdout } = await run(join(root, ".cache/aws-cli/bin/python"), args, { env });
  return stdout;
}
