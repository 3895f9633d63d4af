import { randomUUID } from "node:crypto";
import type { ApprovalResult } from "@aws-sdk/client-codepipeline";

/** Approvals that wait for a person, by their token. */
export class Approvals {
  private readonly waiting = new Map<string, (result: ApprovalResult) => void>();

  /**
   * Asks for a decision: a token, and the promise of the result it is given with.
   * The token is worthless once the signal is aborted.
   */
  ask(signal: AbortSignal): { readonly token: string; readonly decision: Promise<ApprovalResult> } {
    const token = randomUUID();
    const decision = new Promise<ApprovalResult>((decide) => this.waiting.set(token, decide));
    signal.addEventListener("abort", () => this.waiting.delete(token), { once: true });
    return { token, decision };
  }

  /** Nobody waits for a decision any more: its token is worthless. */
  withdraw(token: string): void {
    this.waiting.delete(token);
  }

  /** Gives a decision; false when nothing waits for this token. */
  decide(token: string, result: ApprovalResult): boolean {
    const decide = this.waiting.get(token);
    this.waiting.delete(token);
    decide?.(result);
    return decide !== undefined;
  }
}
