import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { join } from "node:path";
import type { Settings } from "../settings";
import { Account } from "./constructs/account";
import { FailedEvents } from "./constructs/failed-events";
import { HttpApi } from "./constructs/http-api";
import { LiveFunction } from "./constructs/live-function";
import { ObjectEvents } from "./constructs/object-events";
import { PrivateBucket } from "./constructs/private-bucket";
import { ReleaseAlarms } from "./constructs/release-alarms";
import { useRemoteState } from "./constructs/remote-state";
import {
  isOfBranch,
  liveAlias,
  namesOf,
  releasedEnvironment,
  stackIds,
  watched,
  type Environment,
} from "./names";
import { Arns } from "./permissions/arns";
import { apiRights, functionTrust, recordObjectRights } from "./permissions/function-roles";

export interface ServiceStackProps {
  readonly settings: Settings;
  readonly environment: Environment;
  /** The commit that `GET /health` answers with. */
  readonly commit: string;
  /** The folder with a zip file for each function. */
  readonly bundles: string;
}

/** One environment of the service: the API, its bucket, and the function that records what is put there. */
export class ServiceStack extends TerraformStack {
  constructor(scope: Construct, { settings, environment, commit, bundles }: ServiceStackProps) {
    super(scope, stackIds.service(environment));
    const names = namesOf(settings);
    useRemoteState(this, { bucket: names.stateBucket, key: names.stateKey(stackIds.service(environment)) });
    new AwsProvider(this, "aws");
    const account = new Account(this);
    const arns = new Arns(account, names);

    const { bucket } = new PrivateBucket(this, "documents", {
      bucketName: names.serviceBucket(environment),
      preventDestroy: !isOfBranch(settings),
      // With its branch all of it goes: `npm run env -- down` has asked before.
      emptyOnDestroy: isOfBranch(settings),
    });
    const { queue } = new FailedEvents(this, "failed-events", {
      queueName: names.failedEvents(environment),
      topicArn: arns.failureTopic,
    });
    const common = {
      trust: functionTrust,
      permissionsBoundary: arns.functionBoundary,
      alias: liveAlias,
      concurrency: settings.service_concurrency ? Number(settings.service_concurrency) : undefined,
      liveAtOnce: environment !== releasedEnvironment,
    };
    const recorder = new LiveFunction(this, "record-object", {
      ...common,
      functionName: names.function(environment, "record-object"),
      bundle: join(bundles, "record-object.zip"),
      environment: { BUCKET: bucket.id },
      statements: recordObjectRights(arns, environment),
      failedEvents: queue.arn,
      memoryMegabytes: 256,
      // The longest Lambda knows: it reads all of a document, which can have 5 GB.
      timeoutSeconds: 900,
    });
    const api = new LiveFunction(this, "api", {
      ...common,
      functionName: names.function(environment, "api"),
      // Which versions belong together: npm run rollback reads it.
      description: `With version ${recorder.function.version} of ${names.function(environment, "record-object")}`,
      bundle: join(bundles, "api.zip"),
      environment: { BUCKET: bucket.id, ENVIRONMENT: environment, COMMIT: commit },
      statements: apiRights(arns, environment),
      memoryMegabytes: 512,
      // Shorter than the 30 seconds after which an HTTP API gives up.
      timeoutSeconds: 25,
    });
    new ObjectEvents(this, "created", {
      bucket,
      accountId: account.accountId,
      prefix: "documents/",
      handler: recorder,
    });
    const http = new HttpApi(this, "http", {
      apiName: names.service(environment),
      handler: api,
      corsOrigins: settings.service_cors_origins?.split(",") ?? [],
      requestsPerSecond: Number(settings.service_requests_per_second),
      accessLogGroup: names.accessLogGroup(environment),
    });
    if (environment === releasedEnvironment) {
      for (const [name, handler] of [
        ["api", api],
        ["record-object", recorder],
      ] as const) {
        new ReleaseAlarms(this, `${name}-release`, {
          functionName: names.function(environment, name),
          handler,
          apiId: http.id,
          alarms: watched[name].map((on) => ({ on, name: names.releaseAlarm(name, on) })),
        });
      }
    }
    new TerraformOutput(this, "api_version", { value: api.function.version });
    new TerraformOutput(this, "record_object_version", { value: recorder.function.version });
    new TerraformOutput(this, "api_url", { value: http.url });
    new TerraformOutput(this, "bucket", { value: bucket.id });
  }
}
