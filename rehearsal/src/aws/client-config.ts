import type { Cloud, Credentials } from "./cloud";

/** What an SDK client needs to talk to the emulator as somebody: as the account's root by default. */
export function clientConfig(cloud: Cloud, credentials: Credentials = cloud.root) {
  return { endpoint: cloud.emulator, region: cloud.region, credentials };
}
