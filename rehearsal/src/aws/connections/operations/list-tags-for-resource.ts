import { z } from "zod";
import { arn, checkInput } from "../check-input";
import type { Tag } from "../connection";
import type { Connections } from "../connections";

const schema = z.object({ ResourceArn: arn });

export const listTagsForResource =
  (connections: Connections) =>
  (input: object): { Tags: readonly Tag[] } => ({
    Tags: connections.tags(checkInput(schema, input).ResourceArn),
  });
