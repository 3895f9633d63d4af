import type { Operations } from "../../operation";
import type { ServiceName } from "../connection";
import type { Connections } from "../connections";
import { createConnection } from "./create-connection";
import { deleteConnection } from "./delete-connection";
import { getConnection } from "./get-connection";
import { listConnections } from "./list-connections";
import { listTagsForResource } from "./list-tags-for-resource";
import { tagResource } from "./tag-resource";
import { untagResource } from "./untag-resource";

/** Returns the operations of CodeStar Connections or CodeConnections, which differ only in the ARNs that they create. */
export function connectionOperations(connections: Connections, service: ServiceName) {
  return {
    CreateConnection: createConnection(connections, service),
    DeleteConnection: deleteConnection(connections),
    GetConnection: getConnection(connections),
    ListConnections: listConnections(connections),
    ListTagsForResource: listTagsForResource(connections),
    TagResource: tagResource(connections),
    UntagResource: untagResource(connections),
  } satisfies Operations;
}

export type ConnectionOperations = ReturnType<typeof connectionOperations>;
