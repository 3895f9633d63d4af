/**
 * Records the commit that a build has delivered to an environment: `node record-delivery.js ENVIRONMENT OUTPUTS`, where
 * OUTPUTS is a file with the outputs of the service stack. `/health` and `npm run status` show it. It is in no plan: a
 * commit that changes no function changes nothing else.
 */
import { ApiGatewayV2Client } from "@aws-sdk/client-apigatewayv2";
import { readFileSync } from "node:fs";
import { readSettings } from "../../settings";
import { apiFunction, versionOutput } from "../../stacks/functions";
import { namesOf, stackIds } from "../../stacks/names";
import { runProgram } from "../program";
import { recordDelivery } from "../releases/delivery";

/**
 * Returns the version of the API's function from the outputs of a service stack.
 *
 * @param outputs what `terraform output -json` prints, or cdktf with `--outputs-file`
 * @throws Error if it is missing
 */
export function deliveredVersion(outputs: unknown, environment: string): string {
  const name = versionOutput(apiFunction);
  const all = outputs as Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;
  const version = all[name]?.value ?? all[stackIds.service(environment)]?.[name];
  if (typeof version === "string" && /^\d+$/.test(version)) return version;
  throw new Error(`The output ${name} is not a version: ${JSON.stringify(version)}.`);
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
async function main([environment = "", file = ""]: readonly string[]): Promise<void> {
  const { COMMIT: commit } = process.env;
  // A pipeline that was deployed earlier does not pass it.
  if (!commit) return;
  const version = deliveredVersion(JSON.parse(readFileSync(file, "utf8")), environment);
  const apiName = namesOf(readSettings()).service(environment);
  await recordDelivery(new ApiGatewayV2Client(), apiName, { commit, version });
  console.log(`Delivered ${commit} to ${environment}.`);
}

if (require.main === module) {
  runProgram(
    () => main(process.argv.slice(2)),
    ({ message }) => `The commit is deployed, but that could not be recorded: ${message} Retry the stage.`,
  );
}
