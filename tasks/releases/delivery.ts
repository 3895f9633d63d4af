import {
  GetStageCommand,
  NotFoundException,
  UpdateStageCommand,
  type ApiGatewayV2Client,
} from "@aws-sdk/client-apigatewayv2";
import { apisNamed } from "../account/production-api";

/** The stage that gets all requests of an API. */
const StageName = "$default";

/** A commit that was delivered to an environment. It is in the variables of the API's stage, which `/health` reads. */
export interface Delivery {
  readonly commit: string;
  /** The version of the API's function that the deployment has. */
  readonly version: string;
}

/** Returns the last delivery; undefined where nothing was delivered yet. */
export async function readDelivery(
  client: ApiGatewayV2Client,
  apiName: string,
): Promise<Delivery | undefined> {
  const [api] = await apisNamed(client, apiName);
  if (api === undefined) return undefined;
  try {
    const { StageVariables = {} } = await client.send(new GetStageCommand({ ApiId: api.ApiId, StageName }));
    const { commit, version } = StageVariables;
    return commit && version ? { commit, version } : undefined;
  } catch (error) {
    // Bootstrap creates production's API, and the first deployment its stage.
    if (error instanceof NotFoundException) return undefined;
    throw error;
  }
}

/** Records a delivery. @throws Error unless exactly one API has the name */
export async function recordDelivery(
  client: ApiGatewayV2Client,
  apiName: string,
  { commit, version }: Delivery,
): Promise<void> {
  const found = await apisNamed(client, apiName);
  if (found.length !== 1) throw new Error(`${found.length} HTTP APIs are named ${apiName}, instead of one.`);
  const StageVariables = { commit, version };
  await client.send(new UpdateStageCommand({ ApiId: found[0]!.ApiId, StageName, StageVariables }));
}
