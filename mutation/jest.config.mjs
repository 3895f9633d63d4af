import config from "../jest.config.mjs";

const unit = config.projects.find(({ displayName }) => displayName === "unit");

/** Tests of the rehearsal that need no emulator: of its two modules that decide, and of requests to GitHub. */
const withoutEmulator =
  "/rehearsal/__tests__/(aws/(codepipeline/webhook|github-delivery)|github/(branch-ruleset|plan-comment))\\.test\\.ts$";

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
  testRegex: [...unit.testRegex, withoutEmulator],
  testPathIgnorePatterns: [
    ...unit.testPathIgnorePatterns.filter((path) => !path.endsWith("/rehearsal/__tests__/")),
    // It starts Terraform with its providers, which are not in the copy that is mutated.
    "/__tests__/stacks/valid-terraform\\.test\\.ts$",
  ],
};
