import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ApiCall } from "./api-call";
import type { Authorization } from "./authorization";
import { AwsError } from "./aws-error";
import { BodyTooLarge, readBody } from "./body";
import type { CallLog } from "./call-log";
import type { Operations } from "./operation";
import { checkConstraints } from "./model/check-constraints";
import { readInput } from "./model/read-input";
import type { ModelName, ServiceModel } from "./model/service-model";
import { permissionsFor, type PermissionTable } from "./permissions";
import type { SessionLog } from "../session-log";

/** More than CodePipeline and CodeBuild accept: a few hundred kilobytes. */
const BODY_LIMIT = 1024 * 1024;

/** A service that is answered here. */
export interface Service {
  /** The name in messages. */
  readonly name: string;
  /** The prefix of its IAM actions. */
  readonly prefix: ModelName;
  /** Describes its requests. */
  readonly model: ServiceModel;
  /** The emulated operations. */
  readonly operations: Operations;
  /** The permissions that its calls require: one entry for each operation. */
  readonly permissions: PermissionTable;
}

/** What every answer needs. */
export interface AnswerContext {
  readonly authorization: Authorization;
  readonly log: SessionLog;
  /** Records the calls, if `REHEARSAL_CALLS` is set. */
  readonly calls?: CallLog | undefined;
  /** Called with every authorized call, before it is answered. */
  readonly onCall?: (call: ApiCall) => void;
}

/** Services by the prefix of `X-Amz-Target`, such as `CodePipeline_20150709`. */
export type Services = Readonly<Record<string, Service>>;

/** Returns the service that a request is for, or undefined if the emulator answers it. */
export function serviceOf(services: Services, request: IncomingMessage): Service | undefined {
  const target = targetOf(request);
  return target && Object.hasOwn(services, target.prefix) ? services[target.prefix] : undefined;
}

/** Answers one call of an AWS client, also if it fails. Never throws. */
export async function answer(
  context: AnswerContext,
  service: Service,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { log, calls } = context;
  const operation = targetOf(request)?.operation ?? "";
  const record = (body: Buffer, status: number, answer: object) =>
    calls?.add({ service: service.prefix, operation, input: body.toString("utf8"), status, answer });
  let body: Buffer = Buffer.alloc(0);
  try {
    body = await readBody(request, BODY_LIMIT);
    const answer = toWire(await run(context, service, request, body)) as object;
    record(body, 200, answer);
    sendJson(service, response, 200, answer);
  } catch (error) {
    const awsError = toAwsError(error, request, log);
    record(body, awsError.statusCode, { __type: awsError.code });
    sendError(service, response, awsError);
  }
}

async function run(
  { authorization, onCall }: AnswerContext,
  service: Service,
  request: IncomingMessage,
  body: Buffer,
): Promise<object> {
  const name = targetOf(request)?.operation ?? "";
  const operation = own(service.operations, name);
  const permissionsOf = own(service.permissions, name);
  if (!operation || !permissionsOf) {
    throw new AwsError(
      "UnknownOperationException",
      `${service.name}.${name} is not emulated by the rehearsal.`,
    );
  }
  // AWS deserializes the input, authorizes the call, and only then validates the values.
  const input = readInput(service.model, name, parse(body)) as never;
  const caller = await authorization.authorize(
    request,
    body,
    permissionsFor(service.prefix, name, permissionsOf(input)),
  );
  const call = { service: service.prefix, operation: name, caller, input };
  try {
    checkConstraints(service.model, name, input);
    const output = await operation(input, caller);
    onCall?.(call);
    return output;
  } catch (error) {
    onCall?.({ ...call, errorCode: error instanceof AwsError ? error.code : "InternalFailure" });
    throw error;
  }
}

/** Returns the entry for a name that a client sent, but never an inherited member such as `constructor`. */
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

/** Splits `CodePipeline_20150709.GetPipeline`. The prefix can contain dots. */
function targetOf(request: IncomingMessage): { prefix: string; operation: string } | undefined {
  const target = request.headers["x-amz-target"];
  if (request.method !== "POST" || typeof target !== "string") return undefined;
  const dot = target.lastIndexOf(".");
  return dot < 0 ? undefined : { prefix: target.slice(0, dot), operation: target.slice(dot + 1) };
}

function toAwsError(error: unknown, request: IncomingMessage, log: SessionLog): AwsError {
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

/** Converts an output to JSON 1.1, which has timestamps in seconds since the epoch where the SDK's types have a Date. */
export function toWire(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(toWire);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toWire(item)]));
}

function sendError(service: Service, response: ServerResponse, error: AwsError): void {
  response.setHeader("x-amzn-ErrorType", error.code);
  // The rest of a body that is too long is not read, so the connection cannot be reused.
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
