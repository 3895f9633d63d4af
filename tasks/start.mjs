/**
 * What every script of package.json is started with (`node --import ./tasks/start.mjs`): it reads TypeScript, refuses
 * logs that would print secrets, and silences the nine lines in which the AWS SDK announces that its releases of 2027
 * will need Node.js 22. The releases that package-lock.json pins run on Node.js 20. The switch:
 * https://github.com/aws/aws-sdk-js-v3/issues/7983
 */
import { parse } from "dotenv";
import { existsSync, readFileSync } from "node:fs";
import process from "node:process";
import "tsx";
import { refusalOfSecretLogs } from "./debug-logs.mjs";

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

// A task adds the variables of .env to its environment, and so to that of Terraform.
const file = existsSync(".env") ? parse(readFileSync(".env")) : {};
const refusal = refusalOfSecretLogs({ ...file, ...process.env });
if (refusal !== undefined) {
  console.error(refusal);
  process.exit(2);
}
