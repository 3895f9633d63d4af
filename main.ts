import { App } from "cdktf";
import { readInvocation } from "./invocation";
import { loadEnvFile, readSettings, SettingsError } from "./settings";
import { bootstrapLevel } from "./stacks/bootstrap-level";
import { namesOf } from "./stacks/names";
import { readPinned } from "./stacks/pipeline/pinned";
import { pipelineDigest } from "./stacks/pipeline/digest";
import { PipelineStack } from "./stacks/pipeline-stack";
import { ServiceStack } from "./stacks/service-stack";
import { StateStack } from "./stacks/state-stack";

function synthesize(): void {
  loadEnvFile();
  const settings = readSettings();
  const { commit, stateBackend, repository, storedSettings, bootstrapped } = readInvocation();
  const app = new App();
  new StateStack(app, { settings, backend: stateBackend, repository });
  // Outside of a build, bootstrap deploys the state stack of the same commit first.
  const level = bootstrapped ?? bootstrapLevel;
  const definition = { settings, storedSettings, bootstrapped: level, pinned: readPinned() };
  new PipelineStack(app, { ...definition, digest: pipelineDigest(definition) });
  for (const environment of namesOf(settings).environments) {
    new ServiceStack(app, {
      settings,
      environment,
      commit,
      bundles: "dist/lambda",
      bootstrapped: level,
    });
  }
  app.synth();
}

try {
  synthesize();
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
