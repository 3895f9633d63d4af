import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { readFileSync, readlinkSync } from "node:fs";
import { findDescendants } from "../../../rehearsal/src/orphan-processes";

/** A moment of a rehearsal: one of its servers has received a request, or answered it. */
export interface Moment {
  readonly at: "received" | "answered";
  readonly request: RegExp;
  /** A request that must have been answered before. */
  readonly after?: RegExp;
}

const channels = { received: "http.server.request.start", answered: "http.server.response.finish" } as const;

/** A listener for a moment. */
export interface Trigger {
  /** Whether the moment has come. */
  readonly hasFired: () => boolean;
  /** Stops listening. @returns whether the moment has come */
  readonly end: () => boolean;
}

/** Calls `act` synchronously at the first such moment: the server has done nothing else since. */
export function when({ at, request: wanted, after }: Moment, act: () => void): Trigger {
  let hasFired = false;
  let early = after !== undefined;
  const before = (message: unknown) => {
    if (after?.test(asText(message))) early = false;
  };
  const listener = (message: unknown) => {
    if (hasFired || early || !wanted.test(asText(message))) return;
    hasFired = true;
    act();
  };
  subscribe(channels.answered, before);
  subscribe(channels[at], listener);
  return {
    hasFired: () => hasFired,
    end: () => {
      unsubscribe(channels.answered, before);
      unsubscribe(channels[at], listener);
      return hasFired;
    },
  };
}

/** Method, path and, where there is one, the operation. */
function asText(message: unknown): string {
  const { method, url, headers } = (message as { request: IncomingMessage }).request;
  return [method, url, headers["x-amz-target"]].filter(Boolean).join(" ");
}

/** Sends a signal to the Terraform process of a stack at the first such moment. */
export function kill(stack: string, moment: Moment, name: NodeJS.Signals): Trigger {
  return when(moment, () => signal(stack, name));
}

/** Sends a signal to every running Terraform process of a stack. */
export function signal(stack: string, name: NodeJS.Signals): void {
  for (const pid of terraforms(stack)) process.kill(pid, name);
}

/** Returns the Terraform processes that builds of this rehearsal run on a stack. */
function terraforms(stack: string): number[] {
  return findDescendants(process.pid, "no such mark")
    .map(({ pid }) => pid)
    .filter((pid) => isTerraform(pid, stack));
}

function isTerraform(pid: number, stack: string): boolean {
  try {
    return (
      readFileSync(`/proc/${pid}/comm`, "utf8") === "terraform\n" &&
      readlinkSync(`/proc/${pid}/cwd`).endsWith(`/stacks/${stack}`)
    );
  } catch {
    // The process has ended.
    return false;
  }
}
