const { default: Sequencer } = require("@jest/test-sequencer");

/**
 * The end-to-end tests of more than five minutes, then the unit tests of more than a few seconds, the longest first. The
 * first one creates the world that most of them share, so the next three are some that bootstrap one of their own.
 */
const LONGEST = [
  "e2e/an-interrupted-deployment-continues",
  "e2e/main-is-live-in-production",
  "e2e/an-earlier-pipeline-moves-over",
  "e2e/all-steps-can-share-a-role",
  "e2e/least-privilege",
  "e2e/production-changes-without-a-failed-request",
  "e2e/a-broken-deployment-is-repaired",
  "e2e/the-pipeline-updates-itself",
  "e2e/a-branch-has-its-own-environment",
  "e2e/a-function-is-added",
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
