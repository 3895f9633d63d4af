/** The app with BENCH_ENVIRONMENTS service environments. `npm run bench -- environments` bundles and starts it. */
import { App } from "cdktf";
import { readSettings, settingNames } from "../settings";
import { bootstrapLevel } from "../stacks/bootstrap-level";
import { readPinned } from "../stacks/pipeline/pinned";
import { pipelineDigest } from "../stacks/pipeline/digest";
import { PipelineStack } from "../stacks/pipeline-stack";
import { ServiceStack } from "../stacks/service-stack";
import { StateStack } from "../stacks/state-stack";

const settings = readSettings();
const app = new App({ outdir: process.env.BENCH_OUT });
new StateStack(app, { settings, backend: "s3" });
const pipeline = {
  settings,
  storedSettings: settingNames,
  bootstrapped: bootstrapLevel,
  pinned: readPinned(),
};
new PipelineStack(app, { ...pipeline, digest: pipelineDigest(pipeline) });
for (let index = 0; index < Number(process.env.BENCH_ENVIRONMENTS); index++) {
  new ServiceStack(app, {
    settings,
    environment: `e${index}`,
    commit: "bench",
    bootstrapped: bootstrapLevel,
    bundles: "dist/lambda",
  });
}
app.synth();
// KB: https://nodejs.org/api/process.html#processresourceusage
console.log(JSON.stringify({ megabytes: process.resourceUsage().maxRSS / 1024 }));
