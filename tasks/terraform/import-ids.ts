/**
 * How an existing resource is found by its name, and the id by which Terraform imports it: for each type, as the
 * provider's documentation says under "Import".
 *
 * A type is missing where creating it again only sets it again, such as the settings of a bucket, the inline policy of a
 * role, an alarm or a rule, and where the stack itself imports it: log groups.
 */
import {
  ApiGatewayV2Client,
  GetApisCommand,
  GetIntegrationsCommand,
  GetRoutesCommand,
  GetStageCommand,
} from "@aws-sdk/client-apigatewayv2";
import { BatchGetProjectsCommand, CodeBuildClient } from "@aws-sdk/client-codebuild";
import { CodePipelineClient, GetPipelineCommand } from "@aws-sdk/client-codepipeline";
import {
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetRoleCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { DescribeKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  GetAliasCommand,
  GetFunctionCommand,
  GetFunctionEventInvokeConfigCommand,
  GetPolicyCommand as GetFunctionPolicyCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import { GetBucketLifecycleConfigurationCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { DescribeSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetTopicAttributesCommand, SNSClient } from "@aws-sdk/client-sns";
import { GetQueueUrlCommand, SQSClient } from "@aws-sdk/client-sqs";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { findHook } from "../github/hook";
import { stackIds } from "../../stacks/names";

/** The resource that a finder looks for. */
export interface Lookup {
  readonly stack: string;
  readonly partition: string;
  readonly account: string;
  /** The arguments as they are synthesized. */
  readonly given: Readonly<Record<string, unknown>>;
  /** The value of an argument, also of one that refers to another resource. */
  readonly value: (argument: string) => Promise<string>;
  /** What an expression such as `${aws_lambda_function.api.arn}` refers to: that attribute of it, or another one. */
  readonly resolve: (expression: string, attribute?: string) => Promise<string>;
  /** An argument of the resource of a type that refers to this one. */
  readonly valueOfReferrer: (type: string, argument: string) => Promise<string>;
}

/** The import id; undefined, or the service's own error for it, when there is none. */
export type Finder = (lookup: Lookup) => Promise<string | undefined>;

export const finders: Readonly<Record<string, Finder>> = {
  aws_s3_bucket: async ({ value, stack, account }) => {
    const bucket = await value("bucket");
    const { KeyCount } = await new S3Client().send(
      new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 1, ExpectedBucketOwner: account }),
    );
    // An interrupted bootstrap leaves it empty: its first object is the state, which bootstrap then finds.
    if (KeyCount && stack === stackIds.state) {
      throw new Error(
        `The bucket ${bucket} exists already and has objects, so it is not used. ` +
          "Choose another pipeline_state_bucket_name.",
      );
    }
    return bucket;
  },
  // It could be set again, but the provider then polls S3 for about a minute.
  aws_s3_bucket_lifecycle_configuration: async ({ value }) => {
    const bucket = await value("bucket");
    await new S3Client().send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }));
    return bucket;
  },
  aws_ssm_parameter: async ({ value }) => {
    const name = await value("name");
    await new SSMClient().send(new GetParameterCommand({ Name: name }));
    return name;
  },
  aws_secretsmanager_secret: async ({ value }) => {
    const { ARN } = await new SecretsManagerClient().send(
      new DescribeSecretCommand({ SecretId: await value("name") }),
    );
    return ARN;
  },
  aws_iam_role: async ({ value }) => {
    const name = await value("name");
    await new IAMClient().send(new GetRoleCommand({ RoleName: name }));
    return name;
  },
  aws_iam_policy: async ({ value, partition, account }) => {
    const arn = `arn:${partition}:iam::${account}:policy/${await value("name")}`;
    await new IAMClient().send(new GetPolicyCommand({ PolicyArn: arn }));
    return arn;
  },
  aws_iam_openid_connect_provider: async ({ value, given, partition, account }) => {
    const host = (await value("url")).replace("https://", "");
    const arn = `arn:${partition}:iam::${account}:oidc-provider/${host}`;
    const { Tags } = await new IAMClient().send(
      new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }),
    );
    const own = Object.entries(given.tags ?? {}).every(([key, tag]) =>
      Tags?.some(({ Key, Value }) => Key === key && Value === tag),
    );
    if (own) return arn;
    // An account has only one, which other projects can use: it is never imported.
    throw new Error(
      `The account has an identity provider for GitHub Actions already (${arn}). Set pipeline_github_oidc=existing.`,
    );
  },
  aws_codebuild_project: async ({ value }) => {
    const { projects } = await new CodeBuildClient().send(
      new BatchGetProjectsCommand({ names: [await value("name")] }),
    );
    return projects?.[0]?.name;
  },
  aws_codepipeline: async ({ value }) => {
    const name = await value("name");
    await new CodePipelineClient().send(new GetPipelineCommand({ name }));
    return name;
  },
  // GitHub refuses a second one with the same URL. It is that of the pipeline's webhook, which keeps it.
  github_repository_webhook: async ({ value, given, resolve }) => {
    const repository = await value("repository");
    const { url } = given.configuration as { url: string };
    const id = await findHook(repository, await resolve(url, "name"));
    return id === undefined ? undefined : `${repository}/${id}`;
  },
  aws_sns_topic: async ({ value, partition, account }) => {
    const sns = new SNSClient();
    const arn = `arn:${partition}:sns:${await sns.config.region()}:${account}:${await value("name")}`;
    await sns.send(new GetTopicAttributesCommand({ TopicArn: arn }));
    return arn;
  },
  // A key has no name but its alias: one whose alias was not created yet cannot be recognized.
  aws_kms_key: async ({ valueOfReferrer }) => keyOf(await valueOfReferrer("aws_kms_alias", "name")),
  aws_kms_alias: async ({ value }) => {
    const alias = await value("name");
    return (await keyOf(alias)) && alias;
  },
  aws_sqs_queue: async ({ value }) => {
    const { QueueUrl } = await new SQSClient().send(
      new GetQueueUrlCommand({ QueueName: await value("name") }),
    );
    return QueueUrl;
  },
  aws_lambda_function: async ({ value }) => {
    const name = await value("function_name");
    await new LambdaClient().send(new GetFunctionCommand({ FunctionName: name }));
    return name;
  },
  aws_lambda_function_event_invoke_config: async ({ value }) => {
    const name = await value("function_name");
    await new LambdaClient().send(new GetFunctionEventInvokeConfigCommand({ FunctionName: name }));
    return name;
  },
  aws_lambda_alias: async ({ value }) => {
    const [FunctionName, Name] = [await value("function_name"), await value("name")];
    await new LambdaClient().send(new GetAliasCommand({ FunctionName, Name }));
    return `${FunctionName}/${Name}`;
  },
  // Terraform generates a new name each time: it is recognized by the principal that it allows.
  aws_lambda_permission: async ({ value, given }) => {
    const FunctionName = await value("function_name");
    const Qualifier = given.qualifier === undefined ? undefined : await value("qualifier");
    const principal = await value("principal");
    const { Policy } = await new LambdaClient().send(
      new GetFunctionPolicyCommand({ FunctionName, Qualifier }),
    );
    const { Statement } = JSON.parse(Policy ?? '{"Statement":[]}') as {
      Statement: { Sid: string; Principal: { Service?: string } }[];
    };
    const own = Statement.find(({ Principal }) => Principal.Service === principal);
    return own && `${[FunctionName, Qualifier].filter(Boolean).join(":")}/${own.Sid}`;
  },
  aws_apigatewayv2_api: async ({ value }) => {
    const name = await value("name");
    const found: string[] = [];
    for (let NextToken: string | undefined, more = true; more; more = NextToken !== undefined) {
      const page = await new ApiGatewayV2Client().send(new GetApisCommand({ NextToken }));
      NextToken = page.NextToken;
      found.push(...(page.Items ?? []).filter(({ Name }) => Name === name).map(({ ApiId }) => ApiId!));
    }
    if (found.length <= 1) return found[0];
    throw new Error(
      `There are ${found.length} APIs named ${name} (${found.join(", ")}), and AWS does not say which is ours. ` +
        "Delete those that are not used (aws apigatewayv2 delete-api --api-id ID), and run this again.",
    );
  },
  aws_apigatewayv2_integration: async ({ value }) => {
    const ApiId = await value("api_id");
    const { Items } = await new ApiGatewayV2Client().send(new GetIntegrationsCommand({ ApiId }));
    return Items?.[0] && `${ApiId}/${Items[0].IntegrationId}`;
  },
  aws_apigatewayv2_route: async ({ value }) => {
    const [ApiId, key] = [await value("api_id"), await value("route_key")];
    const { Items } = await new ApiGatewayV2Client().send(new GetRoutesCommand({ ApiId }));
    const route = Items?.find(({ RouteKey }) => RouteKey === key);
    return route && `${ApiId}/${route.RouteId}`;
  },
  aws_apigatewayv2_stage: async ({ value }) => {
    const [ApiId, StageName] = [await value("api_id"), await value("name")];
    await new ApiGatewayV2Client().send(new GetStageCommand({ ApiId, StageName }));
    return `${ApiId}/${StageName}`;
  },
};

async function keyOf(alias: string): Promise<string | undefined> {
  const { KeyMetadata } = await new KMSClient().send(new DescribeKeyCommand({ KeyId: alias }));
  return KeyMetadata?.KeyId;
}
