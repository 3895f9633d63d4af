import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** The emulator's Python environment, which `tasks/setup.mjs rehearsal` creates. It contains botocore. */
const LIBRARIES = join(__dirname, "../../../../.cache/venv/lib");

/** The paths of the models in botocore, by the prefix of the service's IAM actions. */
const FILES = {
  codebuild: "codebuild/2016-10-06",
  codeconnections: "codeconnections/2023-12-01",
  codepipeline: "codepipeline/2015-07-09",
  "codestar-connections": "codestar-connections/2019-12-01",
  servicequotas: "service-quotas/2019-06-24",
} as const;

/** A service with a model. */
export type ModelName = keyof typeof FILES;

/** The type of a value on the wire, as AWS publishes it for its SDKs. */
export interface Shape {
  readonly type: string;
  /** Of a structure. */
  readonly members?: Readonly<Record<string, ShapeRef>>;
  readonly required?: readonly string[];
  /** Of a list. */
  readonly member?: ShapeRef;
  /** Of a map. */
  readonly key?: ShapeRef;
  readonly value?: ShapeRef;
  /** Of a string. */
  readonly enum?: readonly string[];
  readonly pattern?: string;
  /** Of a number its value; of a string, list or map its length. */
  readonly min?: number;
  readonly max?: number;
}

export interface ShapeRef {
  readonly shape: string;
}

export interface OperationModel {
  readonly input?: ShapeRef;
  readonly output?: ShapeRef;
  readonly errors?: readonly ShapeRef[];
}

/** The operations and shapes of a service. */
export interface ServiceModel {
  readonly metadata: { readonly jsonVersion: string };
  readonly operations: Readonly<Record<string, OperationModel>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

const loaded = new Map<ModelName, ServiceModel>();

/**
 * Returns the model that AWS publishes for a service.
 * @throws if the emulator's environment is missing
 */
export function serviceModel(name: ModelName): ServiceModel {
  const known = loaded.get(name);
  if (known) return known;
  const model = JSON.parse(gunzipSync(readFileSync(fileOf(name))).toString("utf8")) as ServiceModel;
  loaded.set(name, model);
  return model;
}

function fileOf(name: ModelName): string {
  try {
    const python = readdirSync(LIBRARIES).find((folder) => folder.startsWith("python"))!;
    return join(LIBRARIES, python, "site-packages/botocore/data", FILES[name], "service-2.json.gz");
  } catch {
    throw new Error(
      `The models of AWS services are missing in ${LIBRARIES}. Run: node tasks/setup.mjs rehearsal`,
    );
  }
}
