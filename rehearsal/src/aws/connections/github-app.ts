import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import type { AwsContext } from "../aws-context";
import type { CodePipeline } from "../codepipeline/codepipeline";
import { providerOf } from "../codepipeline/declaration";
import type { Pipeline } from "../codepipeline/pipeline";
import {
  answerDelivery,
  deliveryId,
  DeliveryRejected,
  isSignedWith,
  readDelivery,
  SeenDeliveries,
  type GitHubDelivery,
} from "../github-delivery";
import type { Report, WebhookChange } from "../state-change";
import type { Connections } from "./connections";

const PATH = "/_rehearsal/connections/github-app";

/** The app's name on GitHub. */
const NAME = "AWS Connector for GitHub";

const push = z.object({
  ref: z.string(),
  deleted: z.boolean().default(false),
  repository: z.object({ full_name: z.string() }),
});

type Outcome = Pick<WebhookChange, "outcome" | "reason" | "executionId">;

/** The GitHub app of connections: it receives pushes from GitHub, and starts pipelines. */
export class GitHubApp {
  /** The URL for GitHub's events. */
  readonly url: string;
  /** The secret with which GitHub signs events. */
  secret = randomBytes(32).toString("hex");
  private readonly seen = new SeenDeliveries();

  constructor(
    aws: AwsContext,
    private readonly connections: Connections,
    private readonly codepipeline: CodePipeline,
    private readonly report: Report,
  ) {
    this.url = `${aws.endpoint}${PATH}`;
  }

  /** Whether a request is a POST to the app's URL. */
  isFor({ method, url }: IncomingMessage): boolean {
    return method === "POST" && url === PATH;
  }

  /** Answers a delivery, and starts the pipelines that follow its branch. Never throws. */
  async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const delivery = await readDelivery(request, (...signed) => isSignedWith(this.secret, ...signed));
      const outcomes = this.outcomes(delivery);
      for (const outcome of outcomes) this.reportDelivery(request, outcome);
      answerDelivery(response, 200, outcomes.map(({ reason }) => reason).join(" "));
    } catch (error) {
      const { message } = error as Error;
      this.reportDelivery(request, { outcome: "refused", reason: message, executionId: undefined });
      answerDelivery(response, error instanceof DeliveryRejected ? error.status : 500, message);
    }
  }

  private reportDelivery(request: IncomingMessage, outcome: Outcome): void {
    this.report({
      kind: "webhook",
      at: new Date(),
      webhook: NAME,
      delivery: deliveryId(request),
      ...outcome,
    });
  }

  private outcomes({ id, event, body, payload }: GitHubDelivery): Outcome[] {
    const { data } = push.safeParse(payload);
    if (event !== "push" || !data) return [ignored(`The event ${event} starts no pipeline.`)];
    if (data.deleted) return [ignored(`${data.ref} was deleted.`)];
    const pipelines = this.codepipeline.all().filter((pipeline) => this.follows(pipeline, data));
    if (pipelines.length === 0) {
      return [ignored(`No pipeline follows ${data.ref} of ${data.repository.full_name} by a connection.`)];
    }
    if (this.seen.isRepeated(body, id, true)) {
      const reason = "This delivery has been received before.";
      return [{ outcome: "duplicate", reason, executionId: undefined }];
    }
    return pipelines.map((pipeline) => this.start(pipeline));
  }

  private follows(pipeline: Pipeline, { ref, repository }: z.infer<typeof push>): boolean {
    return connectionsOf(pipeline).some(
      ({ ConnectionArn = "", FullRepositoryId = "", BranchName, DetectChanges = "true" }) =>
        this.connections.find(ConnectionArn)?.ConnectionStatus === "AVAILABLE" &&
        FullRepositoryId.toLowerCase() === repository.full_name.toLowerCase() &&
        ref === `refs/heads/${BranchName}` &&
        DetectChanges !== "false",
    );
  }

  private start(pipeline: Pipeline): Outcome {
    const [configuration] = connectionsOf(pipeline);
    const trigger = { triggerType: "WebhookV2", triggerDetail: configuration?.ConnectionArn } as const;
    try {
      const { id } = this.codepipeline.start(pipeline, trigger);
      return { outcome: "started", reason: `Started ${pipeline.name}.`, executionId: id };
    } catch (error) {
      return ignored((error as Error).message);
    }
  }
}

/** Returns the configurations of a pipeline's sources with a connection. */
function connectionsOf({ declaration }: Pipeline): Record<string, string>[] {
  return declaration
    .stages![0]!.actions!.filter((action) => providerOf(action) === "AWS/CodeStarSourceConnection")
    .map(({ configuration }) => configuration ?? {});
}

function ignored(reason: string): Outcome {
  return { outcome: "ignored", reason, executionId: undefined };
}
