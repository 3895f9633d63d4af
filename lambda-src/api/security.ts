import * as z from "zod";

/** The variables of the function that say who is allowed to call the API. Without them, anyone is. */
export const securitySettings = {
  SERVICE_AUTH: z.enum(["iam", "jwt"]).optional(),
  SERVICE_AUTH_ISSUER: z.url().optional(),
};

/** How API Gateway authorizes requests before they reach the function. */
export type Security = z.infer<z.ZodObject<typeof securitySettings>>;

interface Operation {
  security?: Record<string, string[]>[];
  responses: Record<string, object>;
}

interface Description {
  components?: object;
  paths?: object;
}

/** What needs no authorization. */
const OPEN = ["/health"];

const READ = "documents:read";
const WRITE = "documents:write";

/** Returns the description with the security of each operation, and the answers to requests that lack it. */
export function secured<Document extends Description>(
  document: Document,
  { SERVICE_AUTH, SERVICE_AUTH_ISSUER }: Security,
): Document {
  if (SERVICE_AUTH === undefined) return document;
  const scheme = SERVICE_AUTH === "iam" ? signedRequests : tokensOf(SERVICE_AUTH_ISSUER);
  const paths = Object.entries((document.paths ?? {}) as Record<string, Record<string, Operation>>).map(
    ([path, operations]) => [
      path,
      mapValues(operations, (one, method) => operation(path, method, one, SERVICE_AUTH)),
    ],
  );
  return {
    ...document,
    components: { ...document.components, securitySchemes: { [SERVICE_AUTH]: scheme } },
    paths: Object.fromEntries(paths) as Document["paths"],
  };
}

function operation(path: string, method: string, one: Operation, auth: "iam" | "jwt"): Operation {
  if (OPEN.includes(path)) return { ...one, security: [] };
  const scopes = auth === "iam" ? [] : [method === "get" ? READ : WRITE];
  const refusals: Record<string, object> =
    auth === "iam"
      ? { 403: refusal("the request is not signed, or its signer lacks the permission execute-api:Invoke.") }
      : {
          401: refusal("the request has no valid token."),
          403: refusal("the token lacks the scope."),
        };
  return { ...one, security: [{ [auth]: scopes }], responses: { ...one.responses, ...refusals } };
}

/** As API Gateway exports it: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authtype.html */
const signedRequests = {
  type: "apiKey",
  name: "Authorization",
  in: "header",
  "x-amazon-apigateway-authtype": "awsSigv4",
  description: "A Signature Version 4 for the service execute-api.",
};

function tokensOf(issuer = "") {
  return {
    type: "openIdConnect",
    openIdConnectUrl: `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`,
    description: `An access token with the scope ${READ} or ${WRITE}; in Amazon Cognito documents/read or documents/write.`,
  };
}

function refusal(description: string) {
  const schema = {
    type: "object",
    properties: { message: { type: "string" } },
    required: ["message"],
  };
  return { description: `API Gateway: ${description}`, content: { "application/json": { schema } } };
}

function mapValues<T>(all: Record<string, T>, change: (one: T, key: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(all).map(([key, one]) => [key, change(one, key)]));
}
