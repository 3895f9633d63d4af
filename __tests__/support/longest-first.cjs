const { default: Sequencer } = require("@jest/test-sequencer");

/** The end-to-end tests of more than five minutes, then the unit tests of more than a few seconds, the longest first. */
const LONGEST = [
  "e2e/an-interrupted-deployment-continues",
  "e2e/least-privilege",
  "e2e/production-changes-without-a-failed-request",
  "e2e/a-broken-deployment-is-repaired",
  "e2e/the-pipeline-updates-itself",
  "e2e/main-is-live-in-production",
  "e2e/a-branch-has-its-own-environment",
  "main",
  "stacks/valid-terraform",
  "tasks/setup",
  "tasks/barrier/check-stack",
  "tasks/provenance/sbom",
  "oracles/iam/policies",
];

/**
 * Starts what takes longest first, so that no worker is left with it alone at the end. A fresh checkout has no
 * times of earlier runs, by which jest would do the same.
 */
class LongestFirst extends Sequencer {
  sort(tests) {
    return [...super.sort(tests)].sort((a, b) => rank(a.path) - rank(b.path));
  }
}

/** The place in the list; after it come the other end-to-end tests, and then the rest. */
function rank(path) {
  const place = LONGEST.findIndex((name) => path.endsWith(`/__tests__/${name}.test.ts`));
  if (place !== -1) return place;
  return LONGEST.length + (path.includes("/__tests__/e2e/") ? 0 : 1);
}

module.exports = LongestFirst;
