import config from "../jest.config.mjs";

const unit = config.projects.find(({ displayName }) => displayName === "unit");

/** Tests of the rehearsal's two modules that decide, which need no emulator. */
const deciding = "(?!cloud/(codepipeline/webhook|github-delivery)\\.test\\.ts$)";

/**
 * The unit tests alone, without `projects`: Stryker puts its own test environment into a config, and does not reach
 * into those.
 *
 * @type {import("jest").Config}
 */
export default {
  ...unit,
  rootDir: "..",
  testTimeout: config.testTimeout,
  testPathIgnorePatterns: [
    ...unit.testPathIgnorePatterns.map((pattern) =>
      pattern.endsWith("/__tests__/rehearsal/") ? pattern + deciding : pattern,
    ),
    // It starts Terraform with its providers, which are not in the copy that is mutated.
    "/__tests__/stacks/valid-terraform\\.test\\.ts$",
  ],
};
