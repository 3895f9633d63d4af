import { spawnSync } from "node:child_process";
import { settingNames } from "../../../settings";
import { withoutCredentials } from "../../../tasks/terraform/without-credentials";

/** What a process is started with, as tasks start one. */
function environmentOf(environment: NodeJS.ProcessEnv): Record<string, string> {
  const { stdout } = spawnSync("node", ["-p", "JSON.stringify(process.env)"], {
    encoding: "utf8",
    env: { ...environment, ...withoutCredentials(environment) },
  });
  return JSON.parse(stdout) as Record<string, string>;
}

it("the environment keeps the settings and paths of programs, and no credentials or paths to them", () => {
  const secrets = {
    AWS_ACCESS_KEY_ID: "secret",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_SESSION_TOKEN: "secret",
    AWS_PROFILE: "secret",
    AWS_WEB_IDENTITY_TOKEN_FILE: "/secret",
    AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://secret",
    AWS_SHARED_CREDENTIALS_FILE: "/secret",
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: "secret",
    githubAccessToken: "secret",
    GITHUB_TOKEN: "secret",
    GIT_CONFIG_VALUE_0: "Authorization: secret",
    NPM_TOKEN: "secret",
    npm_config__auth: "secret",
    SSH_AUTH_SOCK: "/secret",
    HOME: "/secret",
    NODE_OPTIONS: "--title=secret",
  };
  const kept = { PATH: process.env.PATH, hw_stack_name: "hw", CODEBUILD_RESOLVED_SOURCE_VERSION: "c0ffee" };
  expect(environmentOf({ ...secrets, ...kept })).toEqual({
    ...kept,
    HOME: "/dev/null",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
  });
});

it("every variable is removed except those for programs and the build", () => {
  const kept = [
    ...["CI", "LANG", "LC_ALL", "PATH", "TEMP", "TERM", "TMP", "TMPDIR"],
    ...[
      "CODEBUILD_BUILD_ID",
      "CODEBUILD_RESOLVED_SOURCE_VERSION",
      "hw_github_repository",
      "hw_state_backend",
    ],
    ...settingNames,
  ];
  const others = [...kept.map((name) => `${name}2`), "PIPELINE_GITHUBREPO", "path", "", "TF_LOG"];
  const environment = Object.fromEntries([...kept, ...others].map((name) => [name, "x"]));
  expect(withoutCredentials(environment)).toEqual({
    ...Object.fromEntries(others.map((name) => [name, undefined])),
    HOME: "/dev/null",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
  });
  expect(Object.keys(withoutCredentials(environment))).toEqual(expect.arrayContaining(others));
});
