import type { Schemas } from "./described";
import type { Repository } from "./repository";
import { nodeId, numberFor, type Addresses } from "./user";

/** Returns a label as GitHub describes it. One that was created when it was added is grey. */
export function representLabel(name: string, repository: Repository, addresses: Addresses) {
  const id = numberFor(name);
  return {
    id,
    node_id: nodeId("Label", id),
    url: `${addresses.rest}/repos/${repository.fullName}/labels/${encodeURIComponent(name)}`,
    name,
    color: "ededed",
    default: false,
    description: "",
  } satisfies Schemas["label"];
}
