import { restoreObjects, saveObjects, type Classes } from "../saved-objects";
import type { SavedBuilds } from "./codebuild/codebuild";
import type { SavedPipelines } from "./codepipeline/codepipeline";
import { Execution } from "./codepipeline/execution";
import { Pipeline } from "./codepipeline/pipeline";
import { Stage } from "./codepipeline/stage";
import { Webhook } from "./codepipeline/webhook";
import type { SavedConnections } from "./connections/connections";
import { SeenDeliveries } from "./github-delivery";
import type { AwsServer } from "./server";

interface SavedServices {
  readonly codepipeline: SavedPipelines;
  readonly codebuild: SavedBuilds;
  readonly connections: SavedConnections;
  readonly appSecret: string;
}

const CLASSES: Classes = {
  // No execution is in progress when the state is saved, so a new one will do.
  AbortController: () => new AbortController(),
  Execution: () =>
    new Execution({} as Execution["declaration"], { triggerType: "StartPipelineExecution" }, {}),
  Pipeline: () => new Pipeline("", {} as Pipeline["declaration"]),
  SeenDeliveries: () => new SeenDeliveries(),
  Stage: () => new Stage({} as Stage["declaration"]),
  Webhook: () => new Webhook("", "", {} as Webhook["definition"]),
};

type Stores = Pick<AwsServer, "codepipeline" | "codebuild" | "connections" | "githubApp">;

/**
 * Returns the state of all services that are answered here.
 * @throws while an execution or a build is in progress
 */
export function saveServices({ codepipeline, codebuild, connections, githubApp }: Stores): Buffer {
  const saved: SavedServices = {
    codepipeline: codepipeline.save(),
    codebuild: codebuild.save(),
    connections: connections.save(),
    appSecret: githubApp.secret,
  };
  return saveObjects(saved, CLASSES);
}

/**
 * Restores a saved state into new services.
 * @param change applied to each string in it
 */
export function restoreServices(stores: Stores, bytes: Buffer, change: (text: string) => string): void {
  const saved = restoreObjects(bytes, CLASSES, change) as SavedServices;
  stores.codepipeline.restore(saved.codepipeline);
  stores.codebuild.restore(saved.codebuild);
  stores.connections.restore(saved.connections);
  stores.githubApp.secret = saved.appSecret;
}
