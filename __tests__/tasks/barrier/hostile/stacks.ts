import type { JsonObject } from "../../../../stacks/stack-json";
import { changed } from "../synthesized-stacks";
import type { Attack } from "./attack";
import { onConnection } from "./connection";
import { byExpressions } from "./expressions";
import { byIam } from "./iam";
import { onPipeline } from "./pipeline";
import { onService } from "./service";
import { byTerraform } from "./terraform";

/** The attacks on a stack, each with the stack as it would be. */
export function attacksOn(kind: keyof typeof own, stack: JsonObject): [string, Attack, JsonObject][] {
  const attacks = [...byTerraform, ...byIam, ...byExpressions, ...own[kind]];
  return attacks.map((one) => [one.name, one, changed(stack, one.path, one.value)]);
}

/** The attacks on one kind of stack. */
const own = { service: onService, pipeline: onPipeline, connection: onConnection };
