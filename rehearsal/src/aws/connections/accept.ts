import { z } from "zod";
import type { UserRequest } from "../user-request";
import type { Connections } from "./connections";

/**
 * Returns the request that accepts a pending connection, and answers `{"Connection": {…}}`. In AWS, you accept it in the
 * console; there is no operation for it.
 */
export function acceptConnection(connections: Connections): UserRequest<{ ConnectionArn: string }> {
  return {
    path: "/_rehearsal/connections/accept",
    body: z.object({ ConnectionArn: z.string() }),
    example: '{"ConnectionArn": "…"}',
    act: ({ ConnectionArn }) => ({ Connection: connections.accept(ConnectionArn) }),
  };
}
