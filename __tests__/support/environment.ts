import { existsSync } from "node:fs";
import { join } from "node:path";

// Runs before every test file. A build has the settings and what CodeBuild says in its environment; a test has what it
// sets itself.
for (const name of Object.keys(process.env)) {
  if (/^(hw|pipeline|service|codebuild)_/i.test(name)) delete process.env[name];
}

// Terraform finds the providers that `tasks/setup.mjs` has found, where there is no
// registry; a TF_CLI_CONFIG_FILE that exists is respected. Nothing calls home.
const providers = join(__dirname, "../../.cache/terraform.rc");
const { TF_CLI_CONFIG_FILE: own } = process.env;
if (!(own && existsSync(own)) && existsSync(providers)) process.env.TF_CLI_CONFIG_FILE = providers;
Object.assign(process.env, {
  CHECKPOINT_DISABLE: "1",
  DISABLE_VERSION_CHECK: "1",
  // Of a gibibyte Go collects no garbage: that takes a third of the time of a Terraform that lives for seconds.
  GOGC: process.env.GOGC ?? "off",
  GOMEMLIMIT: process.env.GOMEMLIMIT ?? "1GiB",
  AWS_EC2_METADATA_DISABLED: "true",
  // The pinned SDK runs on Node.js 20; its word about later versions would stand above every test's output.
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
});
