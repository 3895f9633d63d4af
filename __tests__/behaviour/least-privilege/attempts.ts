import type { Attempt } from "./attempt";
import { artifacts, data, states } from "./buckets";
import { identities, settings } from "./identities";
import { builds, pipeline } from "./pipeline";
import { service } from "./service";
import { watching } from "./watching";

/** Everything that is refused to every role that is not named with it. */
export const attempts: readonly Attempt[] = [
  ...states,
  ...artifacts,
  ...data,
  ...identities,
  ...settings,
  ...service,
  ...watching,
  ...pipeline,
  ...builds,
];
