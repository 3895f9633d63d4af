import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ApiCall } from "./api-call";
import type { Authorization } from "./authorization";
import { AwsError } from "./aws-error";
import { BodyTooLarge, readBody } from "./body";
import type { CallLog } from "./call-log";
import type { Operations } from "./aws-context";
import { checkConstraints } from "./model/check-constraints";
import { readInput } from "./model/read-input";
import type { ModelName, ServiceModel } from "./model/service-model";
import { permissionsFor, type AnyNeeds } from "./permissions";
import type { SessionLog } from "../session-log";

/** CodePipeline and CodeBuild take structures of a few hundred kilobytes at most. */
const BODY_LIMIT = 1024 * 1024;

/** A service that is answered here. */
export interface Service {
  /** In messages. */
  readonly name: string;
  /** In the actions of policies. */
  readonly prefix: ModelName;
  /** What its requests may be. */
  readonly model: ServiceModel;
  /** None: the service is known, but nothing of it is emulated. */
  readonly operations: Operations;
  /** What its calls need. An operation that is not among these is not emulated either. */
  readonly needs: AnyNeeds;
}

/** Whom answering takes. */
export interface Answering {
  readonly authorization: Authorization;
  readonly log: SessionLog;
  /** Where calls are written to, if anywhere. */
  readonly calls?: CallLog | undefined;
  /** Is told of every call that was authorized, before it is answered. */
  readonly called?: (call: ApiCall) => void;
}

/** Services by the prefix of `X-Amz-Target`, such as `CodePipeline_20150709`. */
export type Services = Readonly<Record<string, Service>>;

/** The service a request is for, or undefined when it is for the emulator. */
export function serviceOf(services: Services, request: IncomingMessage): Service | undefined {
  const target = targetOf(request);
  return target && Object.hasOwn(services, target.prefix) ? services[target.prefix] : undefined;
}

/** Answers one call of an AWS client, errors included: never throws. */
export async function answer(
  answering: Answering,
  service: Service,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { log, calls } = answering;
  const operation = targetOf(request)?.operation ?? "";
  const record = (body: Buffer, status: number, answer: object) =>
    calls?.add({ service: service.prefix, operation, input: body.toString("utf8"), status, answer });
  let body: Buffer = Buffer.alloc(0);
  try {
    body = await readBody(request, BODY_LIMIT);
    const answer = toWire(await run(answering, service, request, body)) as object;
    record(body, 200, answer);
    sendJson(service, response, 200, answer);
  } catch (error) {
    const refusal = known(error, request, log);
    record(body, refusal.statusCode, { __type: refusal.code });
    sendError(service, response, refusal);
  }
}

async function run(
  { authorization, called }: Answering,
  service: Service,
  request: IncomingMessage,
  body: Buffer,
): Promise<object> {
  const name = targetOf(request)?.operation ?? "";
  const operation = own(service.operations, name);
  const needs = own(service.needs, name);
  if (!operation || !needs) {
    throw new AwsError(
      "UnknownOperationException",
      `${service.name}.${name} is not emulated by the rehearsal.`,
    );
  }
  // AWS deserializes the input, authorizes it with IAM, and only then validates the values.
  const input = readInput(service.model, name, parse(body)) as never;
  const caller = await authorization.authorize(
    request,
    body,
    permissionsFor(service.prefix, name, needs(input)),
  );
  const call = { service: service.prefix, operation: name, caller, input };
  try {
    checkConstraints(service.model, name, input);
    const output = await operation(input, caller);
    called?.(call);
    return output;
  } catch (error) {
    called?.({ ...call, errorCode: error instanceof AwsError ? error.code : "InternalFailure" });
    throw error;
  }
}

/** What a table has under a name that a client has sent; not what every object has, such as `constructor`. */
function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function parse(body: Buffer): object {
  let value: unknown;
  try {
    value = JSON.parse(body.length === 0 ? "{}" : body.toString("utf8"));
  } catch (error) {
    throw new AwsError("SerializationException", `The body is not JSON: ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new AwsError("SerializationException", "The body is not a JSON object.");
  }
  return value;
}

/** `CodePipeline_20150709.GetPipeline` in two parts; prefixes may have dots of their own. */
function targetOf(request: IncomingMessage): { prefix: string; operation: string } | undefined {
  const target = request.headers["x-amz-target"];
  if (request.method !== "POST" || typeof target !== "string") return undefined;
  const dot = target.lastIndexOf(".");
  return dot < 0 ? undefined : { prefix: target.slice(0, dot), operation: target.slice(dot + 1) };
}

function known(error: unknown, request: IncomingMessage, log: SessionLog): AwsError {
  if (error instanceof AwsError) return error;
  if (error instanceof BodyTooLarge)
    return new AwsError("RequestEntityTooLargeException", error.message, 413);
  const target = String(request.headers["x-amz-target"]);
  log.error(`${target} failed`, error);
  return new AwsError(
    "InternalFailure",
    `The rehearsal failed to answer ${target}; ${log.file} has the details.`,
    500,
  );
}

/** JSON 1.1 carries timestamps as seconds since the epoch, where the SDK's types have a Date. */
export function toWire(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(toWire);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toWire(item)]));
}

function sendError(service: Service, response: ServerResponse, error: AwsError): void {
  response.setHeader("x-amzn-ErrorType", error.code);
  // The rest of a body that is too long is not read, so the connection can't be used again.
  if (error.statusCode === 413) response.setHeader("Connection", "close");
  sendJson(service, response, error.statusCode, { __type: error.code, message: error.message });
}

function sendJson({ model }: Service, response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "Content-Type": `application/x-amz-json-${model.metadata.jsonVersion}`,
    "Content-Length": Buffer.byteLength(text),
    "x-amzn-RequestId": randomUUID(),
  });
  response.end(text);
}
