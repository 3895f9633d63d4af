import { readdirSync } from "node:fs";

/** The folders and modules that may be imported from each; the table is explained in docs/architecture.md. */
export const zones = {
  "settings.ts": ["setting-values.ts"],
  "setting-values.ts": [],
  "invocation.ts": ["settings.ts"],
  "stacks/constructs": ["stacks/constructs", "stacks/functions.ts", "settings.ts", "invocation.ts"],
  stacks: ["stacks", "settings.ts", "invocation.ts"],
  "main.ts": ["stacks", "settings.ts", "invocation.ts"],
  ...functionZones(),
  tasks: [
    "tasks",
    "stacks/bootstrap-level.ts",
    "stacks/functions.ts",
    "stacks/iam/page.ts",
    "stacks/names.ts",
    "stacks/pipeline/definition.ts",
    "stacks/service-routes.ts",
    "stacks/stack-json.ts",
    "stacks/visible-text.ts",
    "settings.ts",
    "invocation.ts",
  ],
  mutation: ["mutation", "tasks/process.ts", "tasks/program.ts"],
  // Calls the API as the pipeline does.
  "rehearsal/src": ["rehearsal/src", "tasks/service-client"],
  "rehearsal/src/dev-server": [
    "rehearsal/src/dev-server",
    "rehearsal/src/ministack",
    "rehearsal/src/openid",
    // The routes of the deployed API, and the name of the secret with its client.
    "stacks/names.ts",
    "stacks/service-routes.ts",
    "rehearsal/src/stale-sessions.ts",
    "rehearsal/src/local-server.ts",
    "rehearsal/src/request-guard.ts",
    "rehearsal/src/session-log.ts",
    "rehearsal/src/processes.ts",
    "rehearsal/src/shutdown.ts",
    "tasks/bundle/bundle.ts",
  ],
};

/** A function can import itself and lambda-src/shared. */
function functionZones() {
  const names = readdirSync(new URL("../lambda-src", import.meta.url));
  return Object.fromEntries(
    names.map((name) => [`lambda-src/${name}`, [...new Set([`lambda-src/${name}`, "lambda-src/shared"])]]),
  );
}
