import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import type { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { join } from "node:path";
import type { Settings } from "../settings";
import { ownFunctionBoundaries, productionApiFirst } from "./bootstrap-level";
import { Account } from "./constructs/account";
import { FailedEvents } from "./constructs/failed-events";
import { HttpApi } from "./constructs/http-api";
import { LiveFunction } from "./constructs/live-function";
import { ObjectEvents } from "./constructs/object-events";
import { ObjectRule } from "./constructs/object-rule";
import { PrivateBucket } from "./constructs/private-bucket";
import { ReleaseAlarms } from "./constructs/release-alarms";
import { useRemoteState } from "./constructs/remote-state";
import {
  isOfBranch,
  liveAlias,
  metricNamespace,
  namesOf,
  notified,
  releasedEnvironment,
  stackIds,
  watched,
  type Environment,
  type Names,
  type ServiceFunction,
} from "./names";
import { Arns } from "./iam/arns";
import { apiPermissions, functionTrust, recordObjectPermissions } from "./iam/function-roles";

export interface ServiceStackProps {
  readonly settings: Settings;
  readonly environment: Environment;
  /** The commit that `GET /health` answers with. */
  readonly commit: string;
  /** The bootstrap level of the account that it is deployed to. */
  readonly bootstrapped: number;
  /** The folder with a zip file for each function. */
  readonly bundles: string;
}

/** One environment of the service: the API, its bucket, and the function that records what is put there. */
export class ServiceStack extends TerraformStack {
  private readonly names: Names;
  private readonly account: Account;
  private readonly arns: Arns;

  constructor(
    scope: Construct,
    private readonly props: ServiceStackProps,
  ) {
    const { settings, environment, bootstrapped } = props;
    super(scope, stackIds.service(environment));
    this.names = namesOf(settings);
    useRemoteState(this, {
      bucket: this.names.stateBucket,
      key: this.names.stateKey(stackIds.service(environment)),
    });
    new AwsProvider(this, "aws");
    this.account = new Account(this);
    this.arns = new Arns(this.account, this.names);

    const bucket = this.names.hasExistingBucket(environment) ? undefined : this.bucket();
    const bucketName = bucket?.id ?? this.names.serviceBucket(environment);
    const recorder = this.recorder(bucketName);
    const api = this.api(bucketName, recorder);
    this.events(bucket, recorder);
    const http = new HttpApi(this, "http", {
      apiName: this.names.service(environment),
      handler: api,
      corsOrigins: settings.service_cors_origins?.split(",") ?? [],
      requestsPerSecond: Number(settings.service_requests_per_second),
      accessLogGroup: this.names.accessLogGroup(environment),
      // Bootstrap creates it, so that the boundary can name it before a step runs.
      imported:
        this.names.service(environment) === this.names.productionApi && bootstrapped >= productionApiFirst,
    });
    if (environment === releasedEnvironment) this.releaseAlarms({ api, "record-object": recorder }, http);
    new TerraformOutput(this, "api_version", { value: api.function.version });
    new TerraformOutput(this, "record_object_version", { value: recorder.function.version });
    new TerraformOutput(this, "api_url", { value: http.url });
    new TerraformOutput(this, "bucket", { value: bucketName });
  }

  private bucket(): S3Bucket {
    const { settings, environment } = this.props;
    return new PrivateBucket(this, "documents", {
      bucketName: this.names.serviceBucket(environment),
      preventDestroy: !isOfBranch(settings),
      // With its branch all of it goes: `npm run env -- down` has asked before.
      emptyOnDestroy: isOfBranch(settings),
    }).bucket;
  }

  private recorder(bucketName: string): LiveFunction {
    const { environment } = this.props;
    const { queue } = new FailedEvents(this, "failed-events", {
      queueName: this.names.failedEvents(environment),
      topicArn: this.arns.failureTopic,
    });
    return new LiveFunction(this, "record-object", {
      ...this.common("record-object"),
      environment: { BUCKET: bucketName },
      statements: recordObjectPermissions(this.arns, environment),
      failedEvents: queue.arn,
      memoryMegabytes: 256,
      // The longest Lambda knows: it reads all of a document, which can have 5 GB.
      timeoutSeconds: 900,
    });
  }

  private api(bucketName: string, recorder: LiveFunction): LiveFunction {
    const { environment, commit } = this.props;
    return new LiveFunction(this, "api", {
      ...this.common("api"),
      // Which versions belong together: npm run rollback reads it.
      description: `With version ${recorder.function.version} of ${this.names.function(environment, "record-object")}`,
      environment: { BUCKET: bucketName, ENVIRONMENT: environment, COMMIT: commit },
      statements: apiPermissions(this.arns, environment),
      memoryMegabytes: 512,
      // Shorter than the 30 seconds after which an HTTP API gives up.
      timeoutSeconds: 25,
    });
  }

  private common(name: ServiceFunction) {
    const { settings, environment, bundles } = this.props;
    return {
      functionName: this.names.function(environment, name),
      bundle: join(bundles, `${name}.zip`),
      trust: functionTrust,
      permissionsBoundary:
        this.props.bootstrapped < ownFunctionBoundaries
          ? this.arns.sharedFunctionBoundary
          : this.arns.functionBoundary(environment),
      alias: liveAlias,
      liveAtOnce: environment !== releasedEnvironment,
      concurrency: settings.service_concurrency ? Number(settings.service_concurrency) : undefined,
    };
  }

  /** What is stored and removed reaches the recorder: by the stack's own bucket, or by the rule on another one. */
  private events(bucket: S3Bucket | undefined, recorder: LiveFunction): void {
    const events = { prefix: "documents/", handler: recorder };
    if (bucket) {
      new ObjectEvents(this, "created", { ...events, bucket, accountId: this.account.accountId });
      return;
    }
    new ObjectRule(this, "objects", {
      ...events,
      bucketName: this.names.serviceBucket(this.props.environment),
      ruleName: this.names.objectRule(this.props.environment),
    });
  }

  private releaseAlarms(functions: Readonly<Record<ServiceFunction, LiveFunction>>, http: HttpApi): void {
    for (const name of Object.keys(watched) as ServiceFunction[]) {
      new ReleaseAlarms(this, `${name}-release`, {
        functionName: this.names.function(this.props.environment, name),
        handler: functions[name],
        apiId: http.id,
        metricNamespace,
        alarms: watched[name].map((on) => ({ on, name: this.names.releaseAlarm(name, on) })),
        notifying: notified[name].map((on) => ({ on, name: this.names.releaseAlarm(name, on) })),
        topicArn: this.arns.failureTopic,
      });
    }
  }
}
