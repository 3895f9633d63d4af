import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { readFileSync, readlinkSync } from "node:fs";
import { findDescendants } from "../../../rehearsal/src/orphan-processes";

/** A moment of a rehearsal: a request that one of its servers gets, as it comes in or as it has been answered. */
export interface Moment {
  readonly at: "asked" | "answered";
  readonly request: RegExp;
  /** A request that has to have been answered before. */
  readonly after?: RegExp;
}

const channels = { asked: "http.server.request.start", answered: "http.server.response.finish" } as const;

/** Waits for a moment. */
export interface Waiting {
  /** Whether it has come. */
  readonly came: () => boolean;
  /** Waits no more. @returns whether it has come */
  readonly end: () => boolean;
}

/** Does something at the first moment of that kind, at once: what was asked has not gone on since. */
export function when({ at, request: wanted, after }: Moment, act: () => void): Waiting {
  let came = false;
  let early = after !== undefined;
  const before = (message: unknown) => {
    if (after?.test(asText(message))) early = false;
  };
  const listener = (message: unknown) => {
    if (came || early || !wanted.test(asText(message))) return;
    came = true;
    act();
  };
  subscribe(channels.answered, before);
  subscribe(channels[at], listener);
  return {
    came: () => came,
    end: () => {
      unsubscribe(channels.answered, before);
      unsubscribe(channels[at], listener);
      return came;
    },
  };
}

/** Method, path and, where there is one, the operation. */
function asText(message: unknown): string {
  const { method, url, headers } = (message as { request: IncomingMessage }).request;
  return [method, url, headers["x-amz-target"]].filter(Boolean).join(" ");
}

/** Sends a signal to the Terraform that works on a stack, at the first moment of that kind. */
export function kill(stack: string, moment: Moment, name: NodeJS.Signals): Waiting {
  return when(moment, () => signal(stack, name));
}

/** Sends a signal to every Terraform that works on a stack now. */
export function signal(stack: string, name: NodeJS.Signals): void {
  for (const pid of terraforms(stack)) process.kill(pid, name);
}

/** The Terraform processes that builds of this rehearsal run on a stack. */
function terraforms(stack: string): number[] {
  return findDescendants(process.pid, "nothing is marked so")
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
    // It has ended meanwhile.
    return false;
  }
}
