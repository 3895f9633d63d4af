import type { Attempt } from "./attempt";
import { artifacts, data, judges, states } from "./buckets";
import { identities, settings } from "./identities";
import { otherTeam } from "./other-team";
import { builds, pipeline } from "./pipeline";
import { service } from "./service";
import { watching } from "./watching";

/** Everything that is refused to every role that is not named with it. */
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

/** How the names of those attempts begin that no role's own policy can allow: they are beyond the boundary. */
const beyond = [
  ...[
    "make a user",
    "change hw-boundary",
    "change hw-function-boundary",
    "change hw-approvers",
    "remove hw-boundary",
    "remove hw-function-boundary",
    "remove hw-approvers",
  ],
  // The role for pull requests and what watches are a person's, though they bear the stack's name.
  ...["free ", "let anybody take hw-diff", "give hw-diff ", "attach a policy to hw-diff", "remove hw-diff"],
  ...["hand hw-diff ", "let anybody take hw-changes", "give hw-changes ", "attach a policy to hw-changes"],
  ...["remove hw-changes", "hand hw-changes ", "hide changes", "hide approvals"],
  ...["read a document of prod", "write a document of prod", "remove a document of prod"],
  ...["replace the GitHub token", "remove the secret", "change a setting", "remove a setting"],
  ...["remove the log ", "remove a stream of ", "open all logs"],
  ...["remove the topic", "end a subscription", "listen to the topic", "stop publishing"],
  ...["let anybody publish", "encrypt the topic", "approve", "confirm wider permissions"],
  ...[
    "write hw/provenance/",
    "remove hw/provenance/",
    "say what is in production",
    "remove what was deployed",
  ],
  ...["write the state of state", "remove the state of state", "remove an old version"],
];

/** What no role does, though its own policy allows everything. */
export const beyondBoundary: readonly Attempt[] = [
  ...attempts.filter(({ name }) => beyond.some((beginning) => name.startsWith(beginning))),
  ...otherTeam,
];
