import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

// Jest puts <rootDir> as it is into regular expressions, and escapes some of its characters only in globs: in a
// folder such as `my project (1)` a project would have no tests, or those of another.
const root = dirname(fileURLToPath(import.meta.url)).replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
const inside = (folder) => `^${root}/${folder}/`;
const testsIn = (folder) => `${inside(folder)}.*\\.test\\.ts$`;

/** @type {import("jest").Config} */
const shared = {
  testEnvironment: "node",
  // Types are checked once, by `npm run check`; here a test only has to start quickly.
  transform: { "^.+\\.ts$": ["ts-jest", { diagnostics: false }] },
  // Folders that hold copies of the repository, or nothing that is a test.
  modulePathIgnorePatterns: [inside(".rehearsal"), inside(".cache"), inside("dist"), inside("cdktf.out")],
  setupFiles: ["<rootDir>/__tests__/support/environment.ts"],
  // Not in the folder of temporary files, which `npm test` deletes.
  cacheDirectory: "<rootDir>/.cache/jest",
};

/** For tests that start rehearsals: their calls of AWS are compared with what AWS publishes of its services. */
const wire = {
  globalSetup: "<rootDir>/__tests__/support/wire/setup.ts",
  globalTeardown: "<rootDir>/__tests__/support/wire/teardown.ts",
};

/**
 * Three projects: `unit` is what a build runs, needs no server and takes two minutes; `rehearsal` starts the
 * emulator and installs scanners; `e2e` shows the project's promises in whole rehearsals, each some minutes long.
 * `__tests__/integration` belongs to none: it is bundled and runs against a deployed API.
 *
 * @type {import("jest").Config}
 */
const config = {
  // A test says what happens, not how fast: on a busy machine five seconds are nothing.
  testTimeout: 60_000,
  testSequencer: "<rootDir>/__tests__/support/longest-first.cjs",
  projects: [
    {
      ...shared,
      displayName: "unit",
      testRegex: [testsIn("__tests__")],
      testPathIgnorePatterns: [
        "/node_modules/",
        inside("__tests__/integration"),
        inside("rehearsal/__tests__"),
        inside("__tests__/e2e"),
        inside("__tests__/oracles/scanners"),
      ],
    },
    {
      ...shared,
      ...wire,
      displayName: "rehearsal",
      testRegex: [testsIn("rehearsal/__tests__"), testsIn("__tests__/oracles/scanners")],
    },
    {
      ...shared,
      ...wire,
      displayName: "e2e",
      testRegex: [testsIn("__tests__/e2e")],
    },
  ],
};

export default config;
