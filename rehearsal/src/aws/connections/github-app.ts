import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import type { AwsContext } from "../aws-context";
import type { CodePipeline } from "../codepipeline/codepipeline";
import { providerOf } from "../codepipeline/declaration";
import type { Pipeline } from "../codepipeline/pipeline";
import { CONNECTION, isAbout, lets, pushFilters } from "../codepipeline/triggers";
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

const files = z.array(z.string());

const pushEvent = z.object({
  ref: z.string(),
  after: z.string(),
  created: z.boolean().default(false),
  deleted: z.boolean().default(false),
  forced: z.boolean().default(false),
  commits: z.array(z.object({ added: files, removed: files, modified: files })).default([]),
  repository: z.object({ full_name: z.string() }),
});

type Push = z.infer<typeof pushEvent>;

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
    const { data } = pushEvent.safeParse(payload);
    if (event !== "push" || !data) return [ignored(`The event ${event} starts no pipeline.`)];
    if (data.deleted) return [ignored(`${data.ref} was deleted.`)];
    const following = this.codepipeline.all().flatMap((pipeline) => {
      const source = sourcesOf(pipeline).find((one) => this.follows(pipeline, one, data));
      return source === undefined ? [] : [{ pipeline, source }];
    });
    if (following.length === 0) {
      return [ignored(`No pipeline follows ${data.ref} of ${data.repository.full_name} by a connection.`)];
    }
    if (this.seen.isRepeated(body, id, true)) {
      const reason = "This delivery has been received before.";
      return [{ outcome: "duplicate", reason, executionId: undefined }];
    }
    return following.map(({ pipeline, source }) => this.start(pipeline, source, data));
  }

  private follows({ declaration }: Pipeline, { name, configuration }: Source, push: Push): boolean {
    const { ConnectionArn = "", FullRepositoryId = "", BranchName, DetectChanges = "true" } = configuration;
    if (this.connections.find(ConnectionArn)?.ConnectionStatus !== "AVAILABLE") return false;
    if (FullRepositoryId.toLowerCase() !== push.repository.full_name.toLowerCase()) return false;
    const branch = branchOf(push);
    if (branch === undefined) return false;
    // "When a trigger configuration is specified, default change detection for repository and branch commits is
    // disabled": https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineTriggerDeclaration.html
    const filters = pushFilters(declaration, name);
    if (filters) return filters.some((filter) => isAbout(filter, branch));
    return branch === BranchName && DetectChanges !== "false";
  }

  private start(pipeline: Pipeline, { name, configuration }: Source, push: Push): Outcome {
    const filters = pushFilters(pipeline.declaration, name);
    const branch = branchOf(push)!;
    const files = changedFiles(push);
    if (filters && !filters.some((filter) => isAbout(filter, branch) && lets(filter, files))) {
      return ignored(`The trigger of ${pipeline.name} excludes every file that the push changes.`);
    }
    const trigger = { triggerType: "WebhookV2", triggerDetail: configuration.ConnectionArn } as const;
    // A filter "fetches the exact commit": https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-triggers.html
    const overrides = filters && { revisions: new Map([[name, push.after]]) };
    try {
      const { id } = this.codepipeline.start(pipeline, trigger, overrides);
      return { outcome: "started", reason: `Started ${pipeline.name}.`, executionId: id };
    } catch (error) {
      return ignored((error as Error).message);
    }
  }
}

/** A source action with a connection. */
interface Source {
  readonly name: string;
  readonly configuration: Record<string, string>;
}

function sourcesOf({ declaration }: Pipeline): Source[] {
  return declaration
    .stages![0]!.actions!.filter((action) => providerOf(action) === CONNECTION)
    .map(({ name, configuration }) => ({ name: name!, configuration: configuration ?? {} }));
}

function branchOf({ ref }: Push): string | undefined {
  return /^refs\/heads\/(.+)$/.exec(ref)?.[1];
}

/**
 * Returns the files that the commits of a push change. Undefined where that is not all that it changes, or where no file
 * is known: for a new branch, a forced push, and commits without changes.
 */
function changedFiles({ created, forced, commits }: Push): string[] | undefined {
  const changed = commits.flatMap(({ added, removed, modified }) => [...added, ...removed, ...modified]);
  return created || forced || changed.length === 0 ? undefined : changed;
}

function ignored(reason: string): Outcome {
  return { outcome: "ignored", reason, executionId: undefined };
}
