const { default: Sequencer } = require("@jest/test-sequencer");

/** The promises that take longest to show, some of them more than five minutes, the longest first. */
const LONGEST = [
  "an-interrupted-deployment-continues",
  "least-privilege",
  "production-changes-without-a-failed-request",
  "a-broken-deployment-is-repaired",
  "the-pipeline-updates-itself",
  "main-is-live-in-production",
  "a-branch-has-its-own-environment",
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

/** The place in the list; after it come the other promises, and then the rest. */
function rank(path) {
  const place = LONGEST.findIndex((name) => path.endsWith(`/e2e/${name}.test.ts`));
  if (place !== -1) return place;
  return LONGEST.length + (path.includes("/__tests__/e2e/") ? 0 : 1);
}

module.exports = LongestFirst;
