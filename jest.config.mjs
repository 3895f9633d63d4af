/** @type {import("jest").Config} */
const shared = {
  testEnvironment: "node",
  // Types are checked once, by `npm run check`; here a test only has to start quickly.
  transform: { "^.+\\.ts$": ["ts-jest", { diagnostics: false }] },
  // Folders that hold copies of the repository, or nothing that is a test.
  modulePathIgnorePatterns: [
    "<rootDir>/.rehearsal/",
    "<rootDir>/.cache/",
    "<rootDir>/dist/",
    "<rootDir>/cdktf.out/",
  ],
  setupFiles: ["<rootDir>/__tests__/support/terraform-config.ts"],
};

/**
 * Three projects: `unit` is what a build runs, needs no server and takes seconds; `rehearsal` starts the
 * emulator and installs scanners; `behaviour` shows the project's promises in whole rehearsals, each some minutes long.
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
      testMatch: ["<rootDir>/__tests__/**/*.test.ts"],
      testPathIgnorePatterns: [
        "/node_modules/",
        "<rootDir>/__tests__/integration/",
        "<rootDir>/__tests__/rehearsal/",
        "<rootDir>/__tests__/behaviour/",
        "<rootDir>/__tests__/oracles/scanners/",
      ],
    },
    {
      ...shared,
      displayName: "rehearsal",
      testMatch: [
        "<rootDir>/__tests__/rehearsal/**/*.test.ts",
        "<rootDir>/__tests__/oracles/scanners/**/*.test.ts",
      ],
    },
    {
      ...shared,
      displayName: "behaviour",
      testMatch: ["<rootDir>/__tests__/behaviour/**/*.test.ts"],
    },
  ],
};

export default config;
