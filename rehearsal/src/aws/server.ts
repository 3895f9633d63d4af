import { EventEmitter } from "node:events";
import { LocalServer, type Handler } from "../local-server";
import { SessionLog } from "../session-log";
import { apiCallEvent, type ApiCall } from "./api-call";
import { Authorization } from "./authorization";
import { answer, serviceOf, type AnswerContext, type Service, type Services } from "./aws-json";
import { CallLog } from "./call-log";
import type { AwsContext, Credentials } from "./aws-context";
import { CodeBuild } from "./codebuild/codebuild";
import { buildPermissions } from "./codebuild/permissions";
import { acceptConnection } from "./connections/accept";
import type { ServiceName } from "./connections/connection";
import { Connections } from "./connections/connections";
import { GitHubApp } from "./connections/github-app";
import { connectionOperations } from "./connections/operations";
import { connectionPermissions } from "./connections/permissions";
import { CodeBuildAction } from "./codepipeline/actions/codebuild";
import { LambdaDeploy } from "./codepipeline/actions/lambda-deploy";
import { ManualApproval } from "./codepipeline/actions/manual-approval";
import type { GitHubHost } from "./codepipeline/actions/git-source";
import { ConnectionSource } from "./codepipeline/actions/source-connection";
import { GitHubSource } from "./codepipeline/actions/source-github";
import { Approvals } from "./codepipeline/approvals";
import { CodePipeline } from "./codepipeline/codepipeline";
import { pipelineOperations } from "./codepipeline/operations";
import { pipelinePermissions } from "./codepipeline/permissions";
import { isForWebhook, receiveWebhook } from "./codepipeline/webhook-url";
import { isForApi, sendAwsError } from "./error-response";
import { EventBus } from "./events";
import { serviceModel } from "./model/service-model";
import { Proxy } from "./proxy";
import { defaultQuotas, quotaPermissions, quotaOperations } from "./service-quotas/service-quotas";
import { restoreServices, saveServices } from "./saved-state";
import { runScheduledRule } from "./scheduled-rule";
import type { Report, StateChanges } from "./state-change";
import { answerUser, isForUser } from "./user-request";

export interface AwsOptions {
  readonly region: string;
  /** The 12-digit account ID. */
  readonly account: string;
  /** The base URL of the emulator, without a trailing slash. */
  readonly emulator: string;
  /** The path of its log, for messages. */
  readonly emulatorLog: string;
  /** The account's root. */
  readonly root: Credentials;
  /** An existing folder for builds, logs and downloads. */
  readonly folder: string;
  /** The environment variables of the machine, for builds. */
  readonly machine: AwsContext["machine"];
  /** The disk space of one build in bytes; default: 10 GiB. */
  readonly buildDiskLimit?: number;
  /** The GitHub that sources are fetched from. */
  readonly github: GitHubHost;
  /** Concurrent builds; others wait. Default: the quota of an account that is not new. */
  readonly concurrentBuilds?: number;
}

/** The endpoint of every AWS client in the rehearsal. */
export interface AwsServer {
  readonly context: AwsContext;
  readonly codepipeline: CodePipeline;
  readonly codebuild: CodeBuild;
  readonly connections: Connections;
  /** The GitHub app of connections. It is installed when the first connection is accepted. */
  readonly githubApp: GitHubApp;
  /** Emits every state change, as the event `change`. */
  readonly events: StateChanges;
  /** Returns the complete state after all events have been sent. @throws while an execution or a build is in progress */
  save(): Promise<Buffer>;
  /** Restores the state of an earlier session. @param change applied to each string in it */
  restore(saved: Buffer, change: (text: string) => string): void;
  /** Stops pipelines, builds and the server. */
  stop(): Promise<void>;
}

/**
 * Starts the endpoint on a free port of 127.0.0.1. It answers CodePipeline, CodeBuild, connections, Service Quotas and
 * webhooks, and forwards everything else to the emulator.
 */
export async function startAws(options: AwsOptions): Promise<AwsServer> {
  const { github, concurrentBuilds, ...rest } = options;
  const log = new SessionLog(options.folder);
  const server = await LocalServer.listen({
    log,
    refuse: sendAwsError,
    // The emulator applies the CORS configuration of an HTTP API.
    allows: (_, request) => isForApi(request),
  });
  const aws: AwsContext = { ...rest, log, endpoint: server.url };

  const events: StateChanges = new EventEmitter();
  const report: Report = (change) => {
    try {
      events.emit("change", change);
    } catch (error) {
      // A failing listener must not interrupt the operation that caused the change.
      log.error(`A listener failed on a change of kind ${change.kind}`, error);
    }
  };
  events.on("change", (change) => change.kind === "log" && log.write(change.message));
  const bus = new EventBus(aws, report);
  events.on("change", (change) => bus.publish(change));

  const codebuild = new CodeBuild(
    aws,
    { buildChanged: (build) => report({ kind: "build", at: new Date(), build }) },
    concurrentBuilds,
  );
  const connections = new Connections(aws, () => github.installApp?.(githubApp));
  const approvals = new Approvals();
  const authorization = new Authorization(aws);
  const codepipeline = new CodePipeline(aws, {
    approvals,
    report,
    providers: {
      "ThirdParty/GitHub": new GitHubSource(aws, github),
      "AWS/CodeStarSourceConnection": new ConnectionSource(aws, github, connections, authorization),
      "AWS/CodeBuild": new CodeBuildAction(aws, codebuild, authorization),
      "AWS/Lambda": new LambdaDeploy(aws),
      "AWS/Manual": new ManualApproval(aws, approvals),
    },
  });
  const proxy = new Proxy(aws.emulator, aws.emulatorLog);
  const githubApp = new GitHubApp(aws, connections, codepipeline, report);
  const served = { codepipeline, codebuild, connections, githubApp };
  const onCall = (call: ApiCall) => {
    const event = apiCallEvent(aws, call);
    if (event) bus.send(event);
  };
  const answerContext = { authorization, log, calls: CallLog.fromEnvironment(), onCall };
  const accept = acceptConnection(connections);
  const runRule = runScheduledRule(aws, codebuild, authorization);
  const forUsers: Handler = (request, response) => {
    if (isForUser(accept, request)) return answerUser(accept, request, response);
    if (isForUser(runRule, request)) return answerUser(runRule, request, response);
    return proxy.forward(request, response);
  };
  server.answerWith(handler(answerContext, servicesOf(aws, served), served, report, forUsers));

  const stop = async () => {
    codepipeline.stop();
    await codebuild.stopAll();
    await codepipeline.engine.idle();
    await bus.stop();
    await server.close();
    proxy.stop();
  };
  return {
    context: aws,
    ...served,
    events,
    save: async () => {
      await codepipeline.engine.idle();
      await Promise.all([bus.flush(), codebuild.cleanedUp()]);
      return saveServices(served);
    },
    restore: (saved, change) => restoreServices(served, saved, change),
    stop,
  };
}

type Served = Pick<AwsServer, "codepipeline" | "codebuild" | "connections" | "githubApp">;

function handler(
  context: AnswerContext,
  services: Services,
  served: Served,
  report: Report,
  others: Handler,
): Handler {
  const { codepipeline, githubApp } = served;
  return (request, response) => {
    const service = serviceOf(services, request);
    if (service) return answer(context, service, request, response);
    if (isForWebhook(request)) return receiveWebhook(codepipeline, request, response, report);
    if (githubApp.isFor(request)) return githubApp.receive(request, response);
    return others(request, response);
  };
}

function servicesOf(aws: AwsContext, { codepipeline, codebuild, connections }: Served): Services {
  const codeStar = connectionService(aws, connections, "CodeStar Connections", "codestar-connections");
  const codeConnections = connectionService(aws, connections, "CodeConnections", "codeconnections");
  return {
    CodePipeline_20150709: {
      name: "CodePipeline",
      prefix: "codepipeline",
      model: serviceModel("codepipeline"),
      operations: pipelineOperations(codepipeline),
      permissions: pipelinePermissions(aws),
    },
    CodeBuild_20161006: {
      name: "CodeBuild",
      prefix: "codebuild",
      model: serviceModel("codebuild"),
      operations: codebuild.operations,
      permissions: buildPermissions(aws),
    },
    ServiceQuotasV20190624: {
      name: "Service Quotas",
      prefix: "servicequotas",
      model: serviceModel("servicequotas"),
      operations: quotaOperations(aws, defaultQuotas(codebuild.concurrentBuilds)),
      permissions: quotaPermissions(aws),
    },
    CodeStar_connections_20191201: codeStar,
    CodeConnections_20231201: codeConnections,
    // boto3 uses the longer names.
    "com.amazonaws.codestar.connections.CodeStar_connections_20191201": codeStar,
    "com.amazonaws.codeconnections.CodeConnections_20231201": codeConnections,
  };
}

/** Connections under one of the service's two names, which are also the prefixes of its IAM actions. */
function connectionService(
  aws: AwsContext,
  connections: Connections,
  name: string,
  prefix: ServiceName,
): Service {
  return {
    name,
    prefix,
    model: serviceModel(prefix),
    operations: connectionOperations(connections, prefix),
    permissions: connectionPermissions(aws, prefix),
  };
}
