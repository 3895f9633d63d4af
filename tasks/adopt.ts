import {
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetRoleCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { DescribeSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root as project } from "./command";
import { resources, stackFolder, type Resource } from "./synthesized";

/** The import id of a resource that exists already, or nothing. Left out of `finders`: found by its parent. */
type Finder = (
  args: Readonly<Record<string, unknown>>,
  accountArn: (resource: string) => string,
) => Promise<string>;

const iam = new IAMClient();

const finders: Readonly<Record<string, Finder>> = {
  aws_s3_bucket: async ({ bucket }) => {
    const { KeyCount } = await new S3Client().send(
      new ListObjectsV2Command({ Bucket: String(bucket), MaxKeys: 1 }),
    );
    // One that bootstrap left behind is empty: its first object is the state that bootstrap then finds.
    if (KeyCount) {
      throw new Error(
        `The bucket ${String(bucket)} is there already and holds objects, so it is left alone. ` +
          "Choose another pipeline_state_bucket_name.",
      );
    }
    return String(bucket);
  },
  aws_ssm_parameter: async ({ name }) => {
    await new SSMClient().send(new GetParameterCommand({ Name: String(name) }));
    return String(name);
  },
  aws_secretsmanager_secret: async ({ name }) => {
    const secret = await new SecretsManagerClient().send(
      new DescribeSecretCommand({ SecretId: String(name) }),
    );
    return String(secret.ARN);
  },
  aws_iam_role: async ({ name }) => {
    await iam.send(new GetRoleCommand({ RoleName: String(name) }));
    return String(name);
  },
  aws_iam_policy: async ({ name }, accountArn) => {
    const arn = accountArn(`policy/${String(name)}`);
    await iam.send(new GetPolicyCommand({ PolicyArn: arn }));
    return arn;
  },
  aws_iam_openid_connect_provider: async ({ url, tags }, accountArn) => {
    const arn = accountArn(`oidc-provider/${String(url).replace("https://", "")}`);
    const { Tags } = await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }));
    const own = Object.entries(tags ?? {}).every(([key, value]) =>
      Tags?.some((tag) => tag.Key === key && tag.Value === value),
    );
    if (own) return arn;
    // An account has only one, which other projects may use: theirs is never taken over.
    throw new Error(
      `The account has an identity provider for GitHub Actions already (${arn}). Set pipeline_github_oidc=existing.`,
    );
  },
};

/**
 * Has the next apply of a stack take over what a bootstrap that was killed had created without
 * writing it down: import blocks beside the stack's own file, which the plan then shows.
 *
 * @param statePath the local state, if there is one
 * @param callerArn an ARN of the account, for its partition and number
 * @param root where `cdktf.out` is
 * @returns the addresses that will be taken over
 */
export async function adoptOrphans(
  stack: string,
  statePath: string,
  callerArn: string,
  root = project,
): Promise<string[]> {
  const [, partition, , , account] = callerArn.split(":");
  const accountArn = (resource: string) => `arn:${partition}:iam::${account}:${resource}`;
  const known = addressesIn(statePath);
  const unknown = resources(stack, root).filter(({ address }) => !known.has(address));
  const found = await Promise.all(unknown.map((resource) => existingId(resource, accountArn)));
  const imports = unknown.flatMap(({ address }, index) => {
    const id = found[index];
    return id === undefined ? [] : [{ to: address, id }];
  });
  const file = join(stackFolder(stack, root), "adopt.tf.json");
  if (imports.length > 0) writeFileSync(file, JSON.stringify({ import: imports }, undefined, 2));
  else rmSync(file, { force: true });
  return imports.map(({ to }) => to);
}

async function existingId(
  resource: Resource,
  accountArn: (resource: string) => string,
): Promise<string | undefined> {
  try {
    return await finders[resource.type]?.(resource.arguments, accountArn);
  } catch (error) {
    const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
    if ($metadata?.httpStatusCode === 404 || /NotFound|NoSuchEntity/.test(name ?? "")) return undefined;
    if (resource.type === "aws_s3_bucket" && $metadata?.httpStatusCode === 403) {
      throw new Error(
        `The bucket ${String(resource.arguments.bucket)} is there, but refuses you: it belongs to another account ` +
          "(bucket names are global), or you lack s3:ListBucket. Choose another pipeline_state_bucket_name, or use a role that may.",
      );
    }
    throw error;
  }
}

/**
 * The resources that Terraform made but was interrupted before it had looked at them: it calls them
 * tainted, and would destroy and make them again, which a bucket refuses and a secret's name survives
 * by a month. They are there; the next apply puts right what differs.
 */
export function taintedIn(statePath: string): string[] {
  return resourcesIn(statePath)
    .filter(({ instances }) => instances.some(({ status }) => status === "tainted"))
    .map(({ type, name }) => `${type}.${name}`);
}

function addressesIn(statePath: string): Set<string> {
  return new Set(resourcesIn(statePath).map(({ type, name }) => `${type}.${name}`));
}

/** What is read here of a state file. */
interface StateResource {
  readonly type: string;
  readonly name: string;
  readonly instances: readonly { readonly status?: string }[];
}

function resourcesIn(statePath: string): readonly StateResource[] {
  // Empty is what Terraform leaves when it is killed as it begins to write; it counts that as no state.
  const text = existsSync(statePath) ? readFileSync(statePath, "utf8") : "";
  return text === "" ? [] : (JSON.parse(text) as { resources: StateResource[] }).resources;
}
