import type { Attempt } from "./attempt";
import { artifacts, data, judges, states } from "./buckets";
import { identities, settings } from "./identities";
import { otherTeam } from "./other-team";
import { builds, pipeline } from "./pipeline";
import { service } from "./service";
import { watching } from "./watching";

/** All attempts. Each one is denied to every role that it does not list. */
export const attempts: readonly Attempt[] = [
  ...states,
  ...artifacts,
  ...judges,
  ...data,
  ...identities,
  ...settings,
  ...service,
  ...watching,
  ...pipeline,
  ...builds,
  ...otherTeam,
];

/** Prefixes of the names of attempts that the boundary does not allow, whatever a role's own policy allows. */
const denied = [
  ...[
    "make a user",
    "change hw-boundary",
    "change hw-function-boundary",
    "change hw-approvers",
    "remove hw-boundary",
    "remove hw-function-boundary",
    "remove hw-approvers",
  ],
  // The role for pull requests and the rules on changes belong to the operator, in spite of their names.
  ...["free ", "let anyone take hw-diff", "give hw-diff ", "attach a policy to hw-diff", "remove hw-diff"],
  ...["hand hw-diff ", "let anyone take hw-changes", "give hw-changes ", "attach a policy to hw-changes"],
  ...["remove hw-changes", "hand hw-changes ", "hide changes", "hide approvals"],
  ...["read a document of prod", "write a document of prod", "remove a document of prod"],
  ...["replace the GitHub token", "remove the secret", "change a setting", "remove a setting"],
  ...["remove the log ", "remove a stream of ", "open all logs"],
  ...["remove the topic", "end a subscription", "subscribe to the topic", "replace the policy of the topic"],
  ...["let anyone publish", "encrypt the topic", "approve", "confirm added permissions"],
  ...[
    "write hw/provenance/",
    "remove hw/provenance/",
    "say what is in production",
    "remove what was deployed",
  ],
  ...["write the state of state", "remove the state of state", "remove an old version"],
];

/** The attempts that are denied to a role whose own policy allows everything. */
export const beyondBoundary: readonly Attempt[] = [
  ...attempts.filter(({ name }) => denied.some((beginning) => name.startsWith(beginning))),
  ...otherTeam,
];
