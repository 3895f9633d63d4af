import config from "../jest.config.mjs";

const unit = config.projects.find(({ displayName }) => displayName === "unit");

/** Tests of the rehearsal's two modules that decide, which need no emulator. */
const deciding = "/rehearsal/__tests__/aws/(codepipeline/webhook|github-delivery)\\.test\\.ts$";

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
  testRegex: [...unit.testRegex, deciding],
  testPathIgnorePatterns: [
    ...unit.testPathIgnorePatterns.filter((path) => !path.endsWith("/rehearsal/__tests__/")),
    // It starts Terraform with its providers, which are not in the copy that is mutated.
    "/__tests__/stacks/valid-terraform\\.test\\.ts$",
  ],
};
