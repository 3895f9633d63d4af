import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Build, EnvironmentVariable } from "@aws-sdk/client-codebuild";
import type { AwsContext, Credentials } from "../aws-context";
import { projectArn } from "./projects";
import type { BuildFolders } from "./folders";

/**
 * The variables that a build inherits from the machine: the paths of tools, packages and certificates, never
 * credentials for AWS or GitHub.
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
  // The memory that Terraform and its providers use for speed.
  /^GO(GC|MEMLIMIT)$/,
  "GITHUB_BASE_URL",
  // Version managers find their tools in the user's home folder; a build has its own.
  /^(PYENV_ROOT|NVM_DIR|ASDF_DIR|ASDF_DATA_DIR|VOLTA_HOME|FNM_DIR|MISE_DATA_DIR|N_PREFIX)$/,
];

/** Variables by which npm describes its own call to scripts. The npm of a build would read them as settings. */
const NPM_CALL = /^npm_config_(local_prefix|global_prefix|prefix|user_agent|workspaces?|init_.*|node_gyp)$/i;

/**
 * The operator's credentials for a registry: npm's `//HOST/:_authToken`, `_auth` and `_password` are variables too
 * (https://docs.npmjs.com/cli/v11/using-npm/config#environment-variables), as is every option of pip.
 */
const SECRET_NAME = /auth|token|password/i;

/** A URL with a password. It can be one of several: `PIP_EXTRA_INDEX_URL` is a list. */
const URL_WITH_PASSWORD = /:\/\/[^\s/@]*:[^\s/]*@/;

/** Returns the variables that a build inherits from the machine, with its own home folder. */
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
    TMPDIR: folders.TMPDIR,
    // The build's folder can be inside a checkout, which git in the build must not find.
    GIT_CEILING_DIRECTORIES: folders.root,
  };
}

/** Returns the variables that connect a build's AWS clients to the rehearsal, with the build's role. */
export function awsEnvironment(aws: AwsContext, credentials: Credentials): Record<string, string> {
  return {
    AWS_REGION: aws.region,
    AWS_DEFAULT_REGION: aws.region,
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken ? { AWS_SESSION_TOKEN: credentials.sessionToken } : {}),
    // A client without credentials would send requests to the metadata address, outside this machine.
    AWS_EC2_METADATA_DISABLED: "true",
    // The machine determines the version of Node.js, not the buildspec: aws/aws-sdk-js-v3#7983.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  };
}

/** Returns the variables that CodeBuild sets. A project cannot override them. */
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

/** Merges lists of variables. A later list overrides an earlier one. */
export function mergeVariables(...lists: readonly (readonly EnvironmentVariable[])[]): EnvironmentVariable[] {
  return [...new Map(lists.flat().map((variable) => [variable.name, variable])).values()];
}

/** Keeps the machine's npm cache and settings: a cold cache takes minutes, and the settings name the registry. */
function npmSettings(home: string): Record<string, string> {
  const userConfig = join(home, ".npmrc");
  return {
    npm_config_cache: join(home, ".npm"),
    ...(existsSync(userConfig) ? { npm_config_userconfig: userConfig } : {}),
  };
}

function isInherited(name: string, value: string): boolean {
  if (NPM_CALL.test(name) || isRegistrySecret(name, value)) return false;
  return INHERITED.some((wanted) => (typeof wanted === "string" ? wanted === name : wanted.test(name)));
}

/** The password of a proxy is kept: nothing could be downloaded without it. */
function isRegistrySecret(name: string, value: string): boolean {
  return /^(npm_config|PIP)_/i.test(name) && (SECRET_NAME.test(name) || URL_WITH_PASSWORD.test(value));
}
