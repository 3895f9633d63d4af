import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import type { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { join } from "node:path";
import type { Settings } from "../settings";
import { commitPerVersion, ownFunctionBoundaries, productionApiFirst } from "./bootstrap-level";
import { Account } from "./constructs/account";
import { BucketNotification } from "./constructs/bucket-notification";
import { DeadLetterQueue } from "./constructs/dead-letter-queue";
import { HttpApi } from "./constructs/http-api";
import { ObjectRule } from "./constructs/object-rule";
import { PrivateBucket } from "./constructs/private-bucket";
import { ReleaseAlarms } from "./constructs/release-alarms";
import { useRemoteState } from "./constructs/remote-state";
import { UsageAlarms } from "./constructs/usage-alarms";
import { VersionedFunction } from "./constructs/versioned-function";
import {
  apiFunction,
  definitionOf,
  functionNames,
  otherFunctions,
  triggerSuffix,
  versionOutput,
  versionsVariable,
  type ServiceFunction,
} from "./functions";
import {
  isBranchPipeline,
  liveAlias,
  metricNamespace,
  namesOf,
  releasedEnvironment,
  stackIds,
  type Environment,
  type Names,
} from "./names";
import { Arns } from "./iam/arns";
import { functionPermissions, functionTrust } from "./iam/function-roles";
import { routeAuthorization, routesBesideDefault, tokenConfiguration } from "./service-routes";

export interface ServiceStackProps {
  readonly settings: Settings;
  readonly environment: Environment;
  /** The commit, for `GET /health` and `npm run rollback`. */
  readonly commit: string;
  /** The bootstrap level of the account. */
  readonly bootstrapped: number;
  /** The folder with the zip file of each function. */
  readonly bundles: string;
}

type Functions = Readonly<Record<ServiceFunction, VersionedFunction>>;

/** One environment of the service: its bucket, its functions, and the API and events that invoke them. */
export class ServiceStack extends TerraformStack {
  private readonly names: Names;
  private readonly account: Account;
  private readonly arns: Arns;

  constructor(
    scope: Construct,
    private readonly props: ServiceStackProps,
  ) {
    const { settings, environment } = props;
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
    const functions = this.functions(bucketName);
    this.objectEvents(bucket, functions);
    const http = this.http(functions);
    if (environment === releasedEnvironment) this.releaseAlarms(functions, http);
    new UsageAlarms(this, "usage", {
      alarmName: (metric) => this.names.usageAlarm(environment, metric),
      apiId: http.id,
      requestsPerSecond: settings.service_requests_per_second,
      bucket,
      gigabytes: settings.service_stored_gigabytes,
      topicArn: this.arns.failureTopic,
    });
    for (const name of functionNames)
      new TerraformOutput(this, versionOutput(name), { value: functions[name].function.version });
    new TerraformOutput(this, "api_url", { value: http.url });
    new TerraformOutput(this, "bucket", { value: bucketName });
  }

  private bucket(): S3Bucket {
    const { settings, environment } = this.props;
    return new PrivateBucket(this, "documents", {
      bucketName: this.names.serviceBucket(environment),
      preventDestroy: !isBranchPipeline(settings),
      // A branch environment is removed with its documents: `npm run env -- down` asks first.
      emptyOnDestroy: isBranchPipeline(settings),
      oldVersionDays: settings.service_old_version_days,
    }).bucket;
  }

  private functions(bucketName: string): Functions {
    const { environment, commit, bootstrapped } = this.props;
    const { queue } = new DeadLetterQueue(this, "failed-events", {
      queueName: this.names.deadLetterQueue(environment),
      topicArn: this.arns.failureTopic,
    });
    const variables = { BUCKET: bucketName };
    const others = Object.fromEntries(
      otherFunctions.map((name) => [name, this.function(name, queue.arn, variables)]),
    ) as Functions;
    const versions = otherFunctions.map((name) => `"${name}":"${others[name].function.version}"`);
    const keepsCommit = bootstrapped >= commitPerVersion;
    const api = this.function(
      apiFunction,
      queue.arn,
      {
        ...variables,
        ENVIRONMENT: environment,
        ...(!keepsCommit && { COMMIT: commit }),
        [versionsVariable]: `{${versions.join(",")}}`,
        ...this.describedSecurity(),
      },
      keepsCommit ? commit : undefined,
    );
    return { ...others, [apiFunction]: api };
  }

  /** The variables with which the API's function describes who is allowed to call it. */
  private describedSecurity(): Record<string, string> {
    const { service_auth: auth = "none", service_auth_issuer: issuer } = this.props.settings;
    if (auth === "none") return {};
    return { SERVICE_AUTH: auth, ...(issuer !== undefined && { SERVICE_AUTH_ISSUER: issuer }) };
  }

  private function(
    name: ServiceFunction,
    deadLetterQueue: string,
    variables: Readonly<Record<string, string>>,
    commit?: string,
  ): VersionedFunction {
    const { settings, environment, bundles, bootstrapped } = this.props;
    const { trigger, memoryMegabytes, timeoutSeconds } = definitionOf(name);
    return new VersionedFunction(this, name, {
      functionName: this.names.function(environment, name),
      bundle: join(bundles, `${name}.zip`),
      environment: variables,
      commit,
      trust: functionTrust,
      statements: functionPermissions(this.arns, environment, name),
      permissionsBoundary:
        bootstrapped < ownFunctionBoundaries
          ? this.arns.sharedFunctionBoundary
          : this.arns.functionBoundary(environment),
      alias: liveAlias,
      liveImmediately: environment !== releasedEnvironment,
      memoryMegabytes,
      timeoutSeconds,
      concurrency: settings.service_concurrency,
      // An HTTP API invokes a function synchronously: the caller gets the error.
      deadLetterQueue: trigger.kind === "http" ? undefined : deadLetterQueue,
    });
  }

  private http(functions: Functions): HttpApi {
    const { settings, environment, bootstrapped } = this.props;
    const isProduction =
      this.names.service(environment) === this.names.productionApi && bootstrapped >= productionApiFirst;
    return new HttpApi(this, "http", {
      apiName: this.names.service(environment),
      triggers: functionNames.flatMap((name) => {
        const { trigger } = definitionOf(name);
        if (trigger.kind !== "http") return [];
        const keys = [trigger.route, ...(name === apiFunction ? routesBesideDefault(settings) : [])];
        const routes = keys.map((routeKey) => {
          const { type, scopes } = routeAuthorization(settings, routeKey);
          return { routeKey, authorization: type, scopes };
        });
        return { handler: functions[name], routes, suffix: triggerSuffix(name) };
      }),
      tokens: tokenConfiguration(settings, environment),
      corsOrigins: settings.service_cors_origins,
      requestsPerSecond: settings.service_requests_per_second,
      accessLogGroup: this.names.accessLogGroup(environment),
      // Bootstrap creates those that the boundary names, before a step runs.
      imported: isProduction || this.names.serviceAuth === "iam",
      taggedByBootstrap: isProduction,
    });
  }

  /** Invokes functions for created and deleted objects, through the stack's own bucket or rules on an existing one. */
  private objectEvents(bucket: S3Bucket | undefined, functions: Functions): void {
    const { environment } = this.props;
    const targets = functionNames.flatMap((name) => {
      const { trigger } = definitionOf(name);
      if (trigger.kind !== "objects") return [];
      return { name, prefix: trigger.prefix, handler: functions[name], suffix: triggerSuffix(name) };
    });
    if (bucket) {
      if (targets.length === 0) return;
      new BucketNotification(this, "created", { bucket, targets, accountId: this.account.accountId });
      return;
    }
    for (const { name, prefix, handler, suffix } of targets) {
      new ObjectRule(this, `objects${suffix}`, {
        prefix,
        handler,
        bucketName: this.names.serviceBucket(environment),
        ruleName: this.names.objectRule(environment, name),
      });
    }
  }

  private releaseAlarms(functions: Functions, http: HttpApi): void {
    for (const name of functionNames) {
      const { releaseMetrics, notifiedMetrics } = definitionOf(name);
      new ReleaseAlarms(this, `${name}-release`, {
        functionName: this.names.function(this.props.environment, name),
        handler: functions[name],
        apiId: http.id,
        metricNamespace,
        releaseAlarms: releaseMetrics.map((metric) => ({
          metric,
          name: this.names.releaseAlarm(name, metric),
        })),
        notifyingAlarms: notifiedMetrics.map((metric) => ({
          metric,
          name: this.names.releaseAlarm(name, metric),
        })),
        topicArn: this.arns.failureTopic,
      });
    }
  }
}
