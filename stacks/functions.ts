/**
 * The functions of the service, as data. Each has a folder of the same name in `lambda-src/`, and its permissions in
 * `iam/service-permissions.ts`. Its role, versions, alarms, release stage, smoke test and rollback follow from its entry.
 * "Add a function" in CONTRIBUTING.md lists the documents and tests that name functions.
 */

/** An HTTP API invokes the function for the requests of a route, such as `GET /reports` or `$default`. */
export interface HttpTrigger {
  readonly kind: "http";
  readonly route: string;
  /** The request that a new version must answer with 200 before it gets traffic. */
  readonly smokeTest: { readonly method: string; readonly path: string };
}

/** S3 invokes the function for each object that is created or deleted under a prefix. No two prefixes can overlap. */
export interface ObjectTrigger {
  readonly kind: "objects";
  readonly prefix: string;
}

/**
 * A metric of the new version alone, whose alarm stops a release and moves the traffic back. An alarm on all versions
 * would also roll back the release that repairs a version that fails.
 */
export type ReleaseMetric = "errors" | "5xx" | "latency";

/** A metric that AWS does not publish per version: its alarm only notifies the failure topic. */
export type NotifiedMetric = "throttles" | "gateway-5xx";

export interface FunctionDefinition {
  /** What it does, to complete the sentence "The function that … uses this role". */
  readonly purpose: string;
  readonly trigger: HttpTrigger | ObjectTrigger;
  readonly memoryMegabytes: number;
  readonly timeoutSeconds: number;
  /** A deployed pipeline knows the alarms by name and is updated after production: keep a metric that is in use. */
  readonly releaseMetrics: readonly ReleaseMetric[];
  readonly notifiedMetrics: readonly NotifiedMetric[];
}

export const functions = {
  api: {
    purpose: "answers the API's requests",
    trigger: { kind: "http", route: "$default", smokeTest: { method: "GET", path: "/health" } },
    memoryMegabytes: 512,
    // Less than the 30 seconds after which an HTTP API times out.
    timeoutSeconds: 25,
    // It answers 500 if it fails, which Lambda does not count as an error.
    releaseMetrics: ["errors", "5xx", "latency"],
    notifiedMetrics: ["throttles", "gateway-5xx"],
  },
  "record-object": {
    purpose: "records what a document is",
    trigger: { kind: "objects", prefix: "documents/" },
    memoryMegabytes: 256,
    // Lambda's maximum: the function reads the whole document, which can have 5 GB.
    timeoutSeconds: 900,
    // Its duration depends on the size of the document.
    releaseMetrics: ["errors"],
    notifiedMetrics: ["throttles"],
  },
} as const satisfies Readonly<Record<string, FunctionDefinition>>;

export type ServiceFunction = keyof typeof functions;

export const functionNames = Object.keys(functions) as ServiceFunction[];

/**
 * The function that answers the requests without a route of their own. Its versions have the commit that last changed a
 * function, and the versions of the other functions that were deployed with them.
 */
export const apiFunction = "api" satisfies ServiceFunction;

/** The variable of the API's versions with those of the other functions, as JSON: `{"record-object":"3"}`. */
export const versionsVariable = "VERSIONS";

/** Returns a function's definition, with the properties that only some have. */
export function definitionOf(name: ServiceFunction): FunctionDefinition {
  return functions[name];
}

/** The functions other than the API's. */
export const otherFunctions: readonly ServiceFunction[] = functionNames.filter(
  (name) => name !== apiFunction,
);

/** The output of the service stack with the newest version of a function. */
export function versionOutput(name: ServiceFunction): string {
  return `${name.replaceAll("-", "_")}_version`;
}

/** The names of the variables that DeployOnProd exports for a function. */
export interface ReleaseVariables {
  /** The newest version. */
  readonly version: string;
  /** Whether it is to be released. */
  readonly release: string;
  /** The version that is live before the release. */
  readonly previous: string;
}

export function releaseVariables(name: ServiceFunction): ReleaseVariables {
  const prefix = name.replaceAll("-", "_").toUpperCase();
  return { version: `${prefix}_VERSION`, release: `${prefix}_RELEASE`, previous: `${prefix}_PREVIOUS` };
}

/** The stage that releases a function, such as `ReleaseRecordObject`. */
export function releaseStage(name: ServiceFunction): string {
  return `Release${name.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase())}`;
}

/** Deployed before functions were a list: with other names and construct ids, Terraform would replace their triggers. */
const unsuffixed: readonly string[] = ["api", "record-object"];

/** Returns how the names and construct ids of what invokes a function end. */
export function triggerSuffix(name: ServiceFunction): string {
  return unsuffixed.includes(name) ? "" : `-${name}`;
}
