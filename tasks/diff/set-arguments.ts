import { valueAt, type Json } from "../../stacks/stack-json";
import type { Resource } from "../terraform/synth-output";
import type { SetArguments } from "./changed-resource";

/** Returns the arguments that a stack's resources set, without those that they let others change, such as releases. */
export function setArguments(resources: readonly Omit<Resource, "type">[]): SetArguments {
  return new Map(
    resources.map(({ address, arguments: args }) => {
      const ignored = valueAt(args as Json, "lifecycle", "ignore_changes");
      const names = Object.keys(args);
      return [address, Array.isArray(ignored) ? names.filter((name) => !ignored.includes(name)) : names];
    }),
  );
}
