import type { SessionLog } from "../session-log";
import type { Deliveries, Payload } from "./delivery";
import { Hooks } from "./hooks";
import {
  pullRequestPayload,
  type ActionDetails,
  type PullRequest,
  type PullRequestAction,
} from "./pull-request";
import { pushPayload, refChanges, type RefChange } from "./push-event";
import type { Refs, Repository } from "./repository";
import type { Addresses } from "./user";

/** Sends the repository's events to hooks and apps. */
export class Announcements {
  /** The hooks of apps, which the repository's list does not include; their ids do not collide with its own. */
  readonly apps = new Hooks(1_000_000);

  constructor(
    private readonly repository: Repository,
    private readonly hooks: Hooks,
    private readonly deliveries: Deliveries,
    private readonly addresses: Addresses,
    private readonly log: SessionLog,
  ) {}

  /** Announces the changed refs, and returns them. */
  async refs(before: Refs, after: Refs): Promise<RefChange[]> {
    const changes = refChanges(before, after);
    if (changes.length > 0) this.repository.pushedAt = nextSecond(this.repository.pushedAt);
    for (const change of changes) {
      await this.send("push", change.ref, () =>
        pushPayload(this.repository, this.addresses, change, before.values()),
      );
    }
    return changes;
  }

  /** Announces an event of a pull request. */
  async pullRequest(action: PullRequestAction, pull: PullRequest, details: ActionDetails): Promise<void> {
    await this.send("pull_request", `pull request ${pull.number}`, () =>
      pullRequestPayload(action, pull, this.repository, this.addresses, details),
    );
  }

  private async send(event: string, subject: string, payload: () => Promise<Payload>): Promise<void> {
    const hooks = [...this.hooks.subscribedTo(event), ...this.apps.subscribedTo(event)];
    if (hooks.length === 0) return;
    try {
      const content = await payload();
      for (const hook of hooks) this.deliveries.send(hook, event, content);
    } catch (error) {
      this.log.error(`The change of ${subject} is stored, but its event failed`, error);
    }
  }
}

/** Returns now, but in a later second than before, because pushes to GitHub never share one. */
function nextSecond(before: Date): Date {
  return new Date(Math.max(Date.now(), before.getTime() + 1000));
}
