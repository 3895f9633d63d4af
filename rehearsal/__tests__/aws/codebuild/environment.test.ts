import { machineEnvironment, mergeVariables } from "../../../src/aws/codebuild/environment";
import { BuildFolders } from "../../../src/aws/codebuild/folders";
import { parseSecretReference } from "../../../src/aws/codebuild/variables";

const folders = new BuildFolders("/b", []);

it("inherits the paths of tools and packages, and no credentials", () => {
  const environment = machineEnvironment(
    {
      PATH: "/bin",
      HTTPS_PROXY: "http://proxy",
      no_proxy: "localhost",
      npm_config_registry: "http://registry",
      NPM_CONFIG_STRICT_SSL: "false",
      TF_CLI_CONFIG_FILE: "/rc",
      GOGC: "off",
      GOMEMLIMIT: "1GiB",
      NODE_EXTRA_CA_CERTS: "/ca",
      GITHUB_BASE_URL: "http://github",
      npm_config_local_prefix: "/work",
      HOME: "/home/me",
      TMPDIR: "/var/tmp",
      AWS_ACCESS_KEY_ID: "AKIA",
      AWS_PROFILE: "me",
      AWS_SESSION_TOKEN: "t",
      GITHUB_TOKEN: "ghp",
      NODE_OPTIONS: "--inspect",
      SSH_AUTH_SOCK: "/s",
    },
    folders,
  );
  expect(environment).toMatchObject({
    PATH: "/bin",
    HTTPS_PROXY: "http://proxy",
    no_proxy: "localhost",
    npm_config_registry: "http://registry",
    NPM_CONFIG_STRICT_SSL: "false",
    TF_CLI_CONFIG_FILE: "/rc",
    GOGC: "off",
    GOMEMLIMIT: "1GiB",
    NODE_EXTRA_CA_CERTS: "/ca",
    GITHUB_BASE_URL: "http://github",
    HOME: "/b/home",
    TMPDIR: "/b/tmp",
  });
  const names = Object.keys(environment).join(" ");
  expect(names).not.toMatch(/AWS_|GITHUB_TOKEN|local_prefix|NODE_OPTIONS|SSH_/);
});

it("inherits no credentials of a package registry", () => {
  const kept = {
    npm_config_registry: "https://registry.example/npm/@acme:8443",
    PIP_INDEX_URL: "https://registry.example/simple",
    HTTPS_PROXY: "http://me:pass@proxy:3128",
  };
  const secrets = {
    "npm_config_//registry.example/:_authToken": "secret",
    "npm_config_//registry.example/:_password": "secret",
    NPM_CONFIG__AUTH: "secret",
    npm_config_auth_token: "secret",
    PIP_PASSWORD: "secret",
    PIP_INDEX_URL_TOKEN: "secret",
    npm_config_proxy: "http://me:secret@proxy:3128",
    PIP_EXTRA_INDEX_URL: "https://one.example/simple https://me:secret@registry.example/simple",
    pip_find_links: "https://:secret@registry.example/",
  };
  const environment = machineEnvironment({ ...kept, ...secrets }, folders);
  expect(environment).toMatchObject(kept);
  expect(Object.values(environment).filter((value) => value.includes("secret"))).toEqual([]);
});

it("uses the last of several variables with the same name", () => {
  const variable = (name: string, value: string) => ({ name, value });
  const merged = mergeVariables(
    [variable("A", "buildspec"), variable("B", "buildspec"), variable("C", "buildspec")],
    [variable("A", "project"), variable("B", "project")],
    [variable("A", "start")],
  );
  expect(Object.fromEntries(merged.map(({ name, value }) => [name, value]))).toEqual({
    A: "start",
    B: "project",
    C: "buildspec",
  });
});

it.each([
  ["name", { id: "name" }],
  ["name:key", { id: "name", key: "key" }],
  ["name::AWSPREVIOUS", { id: "name", stage: "AWSPREVIOUS" }],
  ["name:key:AWSCURRENT:v1", { id: "name", key: "key", stage: "AWSCURRENT", version: "v1" }],
  [
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a/b-AbCdEf:key",
    { id: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a/b-AbCdEf", key: "key" },
  ],
])("splits the secret reference %s", (reference, parts) => {
  expect(parseSecretReference(reference)).toEqual({
    key: undefined,
    stage: undefined,
    version: undefined,
    ...parts,
  });
});
