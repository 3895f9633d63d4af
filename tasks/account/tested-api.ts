import { CreateApiCommand, type ApiGatewayV2Client } from "@aws-sdk/client-apigatewayv2";
import { apisNamed } from "./production-api";

/**
 * Makes sure that the API exists which IntegrationTest calls with its AWS credentials: the boundary names its id, which
 * AWS generates. The deployment to that environment imports it.
 *
 * @returns whether it was created
 * @throws Error where several APIs have the name
 */
export async function ensureTestedApi(client: ApiGatewayV2Client, name: string): Promise<boolean> {
  const found = await apisNamed(client, name);
  if (found.length > 1) {
    throw new Error(
      `Several HTTP APIs are named ${name}: ${found.map(({ ApiId }) => ApiId).join(", ")}. ` +
        "Delete those that are not the pipeline's, and run this again.",
    );
  }
  if (found.length === 1) return false;
  await client.send(new CreateApiCommand({ Name: name, ProtocolType: "HTTP" }));
  return true;
}
