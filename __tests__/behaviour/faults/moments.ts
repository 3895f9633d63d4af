import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { readFileSync, readlinkSync } from "node:fs";
import { findStrays } from "../../../rehearsal/strays";

/** A moment of a rehearsal: a request that one of its servers gets, as it comes in or as it has been answered. */
export interface Moment {
  readonly at: "asked" | "answered";
  readonly request: RegExp;
}

const channels = { asked: "http.server.request.start", answered: "http.server.response.finish" } as const;

/**
 * Does something at the first moment of that kind, at once: what was asked has not gone on since.
 * @returns a function that ends the waiting, and says whether the moment came
 */
export function when({ at, request: wanted }: Moment, act: () => void): () => boolean {
  let came = false;
  const listener = (message: unknown) => {
    const { request } = message as { request: IncomingMessage };
    const operation = String(request.headers["x-amz-target"] ?? "");
    if (came || !wanted.test(`${request.method} ${request.url} ${operation}`)) return;
    came = true;
    act();
  };
  subscribe(channels[at], listener);
  return () => {
    unsubscribe(channels[at], listener);
    return came;
  };
}

/** Sends a signal to the Terraform that works on a stack, at the first moment of that kind. */
export function kill(stack: string, moment: Moment, name: NodeJS.Signals): () => boolean {
  return when(moment, () => signal(stack, name));
}

/** Sends a signal to every Terraform that works on a stack now. */
export function signal(stack: string, name: NodeJS.Signals): void {
  for (const pid of terraforms(stack)) process.kill(pid, name);
}

/** The Terraform processes that builds of this rehearsal run on a stack. */
function terraforms(stack: string): number[] {
  return findStrays(process.pid, "nothing is marked so")
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
