import { z } from "zod";
import { arn, checkInput } from "../check-input";
import type { Connection } from "../connection";
import type { Connections } from "../connections";

const schema = z.object({ ConnectionArn: arn });

export const getConnection =
  (connections: Connections) =>
  (input: object): { Connection: Connection } => ({
    Connection: connections.get(checkInput(schema, input).ConnectionArn),
  });
