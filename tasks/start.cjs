/**
 * What every script of package.json is started with (`node --require ./tasks/start.cjs`): it reads TypeScript, loads
 * large packages when they are used, refuses logs that would print secrets, and silences the nine lines in which the
 * AWS SDK announces that its releases of 2027 will need Node.js 22. The releases that package-lock.json pins run on
 * Node.js 20. The switch: https://github.com/aws/aws-sdk-js-v3/issues/7983
 */
const { existsSync, readFileSync } = require("node:fs");
const Module = require("node:module");
const { join } = require("node:path");
const { refusalOfSecretLogs } = require("./debug-logs.cjs");
const { loadWhenUsed } = require("./start/load-when-used.cjs");
const { readTypeScript } = require("./start/typescript.cjs");

// From Node.js 22.1 on: https://nodejs.org/api/module.html#moduleenablecompilecachecachedir
Module.enableCompileCache?.(join(__dirname, "../.cache/node"));
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

// A task adds the variables of .env to its environment, and so to that of Terraform.
const file = existsSync(".env") ? require("dotenv").parse(readFileSync(".env")) : {};
const refusal = refusalOfSecretLogs({ ...file, ...process.env });
if (refusal !== undefined) {
  console.error(refusal);
  process.exit(2);
}
loadWhenUsed([/^@aws-sdk\//, /^yaml$/, /^hono$/, /^@hono\/node-server$/]);
readTypeScript();
