import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Build, EnvironmentVariable } from "@aws-sdk/client-codebuild";
import type { AwsContext, Credentials } from "../aws-context";
import { projectArn } from "./projects";
import type { BuildFolders } from "./folders";

/**
 * What a build may know of the machine it runs on: where tools, packages and certificates come from.
 * Never who the machine's user is to AWS or GitHub.
 */
const INHERITED = [
  "PATH",
  "LANG",
  "LC_ALL",
  "TZ",
  /^(https?|all|no)_proxy$/i,
  /^npm_config_/i,
  /^PIP_/,
  /^SSL_CERT_(FILE|DIR)$/,
  "NIX_SSL_CERT_FILE",
  "NODE_EXTRA_CA_CERTS",
  "CURL_CA_BUNDLE",
  "REQUESTS_CA_BUNDLE",
  "GIT_SSL_CAINFO",
  "TF_CLI_CONFIG_FILE",
  "TF_PLUGIN_CACHE_DIR",
  // How much memory Terraform and its providers may take for speed.
  /^GO(GC|MEMLIMIT)$/,
  "GITHUB_BASE_URL",
  // Version managers look for their tools in the home folder, which is not the build's.
  /^(PYENV_ROOT|NVM_DIR|ASDF_DIR|ASDF_DATA_DIR|VOLTA_HOME|FNM_DIR|MISE_DATA_DIR|N_PREFIX)$/,
];

/** What npm tells the scripts it runs about its own call, which a build's npm would take for settings. */
const OF_THIS_CALL =
  /^npm_config_(local_prefix|global_prefix|prefix|user_agent|workspaces?|init_.*|node_gyp)$/i;

/**
 * What signs the operator in to a registry: npm's `//HOST/:_authToken`, `_auth` and `_password` are variables too
 * (https://docs.npmjs.com/cli/v11/using-npm/config#environment-variables), as is every option of pip.
 */
const SECRET_NAME = /auth|token|password/i;

/** A URL with a password, also as one of several: `PIP_EXTRA_INDEX_URL` is a list. */
const URL_WITH_PASSWORD = /:\/\/[^\s/@]*:[^\s/]*@/;

/** The variables a build inherits from the machine, with a home folder of its own. */
export function machineEnvironment(
  machine: AwsContext["machine"],
  folders: BuildFolders,
): Record<string, string> {
  const inherited = Object.entries(machine).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && isInherited(entry[0], entry[1]),
  );
  return {
    LANG: "C.UTF-8",
    ...npmSettings(machine["HOME"] ?? homedir()),
    ...Object.fromEntries(inherited),
    HOME: folders.home,
    TMPDIR: folders.temporary,
    // The build's folder may lie inside a checkout on this machine, which is none of the build's business.
    GIT_CEILING_DIRECTORIES: folders.root,
  };
}

/** The variables that lead a build's AWS clients to the rehearsal, as its role and as nobody else. */
export function awsEnvironment(aws: AwsContext, credentials: Credentials): Record<string, string> {
  return {
    AWS_REGION: aws.region,
    AWS_DEFAULT_REGION: aws.region,
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken ? { AWS_SESSION_TOKEN: credentials.sessionToken } : {}),
    // A client without credentials would ask the metadata address, beyond this machine.
    AWS_EC2_METADATA_DISABLED: "true",
    // Which Node.js runs is this machine's choice, not the buildspec's: aws/aws-sdk-js-v3#7983.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  };
}

/** The variables CodeBuild sets about a build. No setting of a project can override them. */
export function codeBuildEnvironment(
  aws: AwsContext,
  build: Build,
  folders: BuildFolders,
): Record<string, string> {
  const secondary = Object.entries(folders.secondarySources).map(
    ([name, folder]) => [`CODEBUILD_SRC_DIR_${name}`, folder] as const,
  );
  return {
    CODEBUILD_BUILD_ID: build.id!,
    CODEBUILD_BUILD_ARN: build.arn!,
    CODEBUILD_BUILD_NUMBER: String(build.buildNumber),
    CODEBUILD_BUILD_IMAGE: build.environment?.image ?? "",
    CODEBUILD_BUILD_SUCCEEDING: "1",
    CODEBUILD_INITIATOR: build.initiator ?? "",
    CODEBUILD_KMS_KEY_ID: build.encryptionKey ?? "",
    CODEBUILD_LOG_PATH: build.logs?.streamName ?? "",
    CODEBUILD_PROJECT_ARN: projectArn(aws, build.projectName!),
    CODEBUILD_RESOLVED_SOURCE_VERSION: build.resolvedSourceVersion ?? "",
    CODEBUILD_SOURCE_VERSION: build.sourceVersion ?? "",
    CODEBUILD_SOURCE_REPO_URL: "",
    CODEBUILD_SRC_DIR: folders.source,
    CODEBUILD_START_TIME: String(build.startTime!.getTime()),
    ...Object.fromEntries(secondary),
  };
}

/** Variables of a build by name; of two with one name the one of the later list counts. */
export function mergeVariables(...lists: readonly (readonly EnvironmentVariable[])[]): EnvironmentVariable[] {
  return [...new Map(lists.flat().map((variable) => [variable.name, variable])).values()];
}

/** npm's cache and settings stay the machine's: a cold cache takes minutes, and nothing works without a registry. */
function npmSettings(home: string): Record<string, string> {
  const userConfig = join(home, ".npmrc");
  return {
    npm_config_cache: join(home, ".npm"),
    ...(existsSync(userConfig) ? { npm_config_userconfig: userConfig } : {}),
  };
}

function isInherited(name: string, value: string): boolean {
  if (OF_THIS_CALL.test(name) || isRegistrySecret(name, value)) return false;
  return INHERITED.some((wanted) => (typeof wanted === "string" ? wanted === name : wanted.test(name)));
}

/** A proxy may have a password: without it, nothing can be downloaded. */
function isRegistrySecret(name: string, value: string): boolean {
  return /^(npm_config|PIP)_/i.test(name) && (SECRET_NAME.test(name) || URL_WITH_PASSWORD.test(value));
}
