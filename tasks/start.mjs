/**
 * What every script of package.json is started with (`node --import ./tasks/start.mjs`): it reads TypeScript,
 * refuses logs that would print secrets, and leaves out the nine lines in which the AWS SDK says that its releases of 2027 will need Node.js 22. The ones that
 * package-lock.json pins run on Node.js 20. The switch: https://github.com/aws/aws-sdk-js-v3/issues/7983
 */
import process from "node:process";
import "tsx";
import { refusalOfSecretLogs } from "./debug-logs.mjs";

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

const refusal = refusalOfSecretLogs(process.env);
if (refusal !== undefined) {
  console.error(refusal);
  process.exit(2);
}
