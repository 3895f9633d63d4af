import type { Logger } from "@aws-lambda-powertools/logger";
import { handle, type APIGatewayProxyResult, type LambdaContext } from "hono/aws-lambda";
import type { Context } from "aws-lambda";
import type { createApp } from "./app";
import { asRequestEvent, type HttpEvent } from "./http-event";
import { errorBody, Refusal } from "./refusal";
import type { ServerErrors } from "./server-errors";

/**
 * A Lambda function, behind an API Gateway HTTP API with payload 2.0, that answers with `app`. What `logger` writes
 * meanwhile has the id of the request. Each answer with 5xx is counted, for the version that gave it.
 */
export function lambdaHandler(
  app: ReturnType<typeof createApp>,
  logger: Pick<Logger, "addContext">,
  serverErrors: ServerErrors,
) {
  const answer = answerer(app);

  return async (event: HttpEvent, context: LambdaContext): Promise<APIGatewayProxyResult> => {
    logger.addContext(context as Context);
    const answered = await answer(event, context);
    if (answered.statusCode >= 500) serverErrors.count(context);
    return answered;
  };
}

function answerer(app: ReturnType<typeof createApp>) {
  // Everything as base64: as text, content that is not UTF-8 or begins with a byte order mark would change.
  const answer = handle(app, { isContentTypeBinary: () => true });

  return async (event: HttpEvent, context: LambdaContext): Promise<APIGatewayProxyResult> => {
    try {
      return await answer(asRequestEvent(event), context);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return {
        statusCode: error.status,
        headers: { "content-type": "application/json", ...error.headers },
        body: JSON.stringify(errorBody(error.code, error.message)),
        isBase64Encoded: false,
      };
    }
  };
}
