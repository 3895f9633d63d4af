import { z } from "zod";
import { arn, checkInput } from "../check-input";
import type { Connections } from "../connections";

const schema = z.object({ ConnectionArn: arn });

export const deleteConnection =
  (connections: Connections) =>
  (input: object): object => {
    connections.delete(checkInput(schema, input).ConnectionArn);
    return {};
  };
