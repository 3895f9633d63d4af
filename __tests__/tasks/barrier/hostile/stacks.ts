import type { JsonObject } from "../../../../stacks/stack-json";
import { changed } from "../synthesized-stacks";
import type { Attack } from "./attack";
import { byExpressions } from "./expressions";
import { byIam } from "./iam";
import { onPipeline } from "./pipeline";
import { onService } from "./service";
import { byTerraform } from "./terraform";

/** The attacks on a stack, each with the stack as it would be. */
export function attacksOn(kind: "service" | "pipeline", stack: JsonObject): [string, Attack, JsonObject][] {
  return [...byTerraform, ...byIam, ...byExpressions, ...(kind === "service" ? onService : onPipeline)].map(
    (one) => [one.name, one, changed(stack, one.path, one.value)],
  );
}
