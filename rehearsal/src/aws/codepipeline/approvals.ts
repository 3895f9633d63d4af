import { randomUUID } from "node:crypto";
import type { ApprovalResult } from "@aws-sdk/client-codepipeline";

/** The pending approvals, by token. */
export class Approvals {
  private readonly waiting = new Map<string, (result: ApprovalResult) => void>();

  /**
   * Requests a decision. Returns a token, and a promise of the decision that is made with it. The token is invalid once
   * the signal is aborted.
   */
  request(signal: AbortSignal): { readonly token: string; readonly decision: Promise<ApprovalResult> } {
    const token = randomUUID();
    const decision = new Promise<ApprovalResult>((decide) => this.waiting.set(token, decide));
    signal.addEventListener("abort", () => this.waiting.delete(token), { once: true });
    return { token, decision };
  }

  /** Invalidates a token. */
  withdraw(token: string): void {
    this.waiting.delete(token);
  }

  /** Makes a decision. Returns false if no approval is pending with this token. */
  decide(token: string, result: ApprovalResult): boolean {
    const decide = this.waiting.get(token);
    this.waiting.delete(token);
    decide?.(result);
    return decide !== undefined;
  }
}
