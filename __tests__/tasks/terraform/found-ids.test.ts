import type { Server } from "node:http";
import { finders, type Lookup } from "../../../tasks/terraform/import-ids";
import { serve } from "../../support/http";
import { environment } from "../../support/settings";
import { awsOfThisProcess, type AwsStandIn, type Call, type Reply } from "../aws-stand-in";

let aws: AwsStandIn;
let gitHub: { server: Server; url: string };

beforeAll(async () => {
  aws = await awsOfThisProcess();
  gitHub = await serve((_, response) => {
    response.end(JSON.stringify([{ id: 7, config: { url: "https://hook" } }]));
  });
  Object.assign(process.env, environment, { GITHUB_BASE_URL: gitHub.url });
});
afterAll(() => {
  gitHub.server.close();
  aws.stop();
});
beforeEach(() => {
  aws.calls.length = 0;
});

/** Looks for a resource with these arguments, where AWS has these answers. */
function find(
  type: string,
  values: Record<string, string>,
  answers: (call: Call) => Reply,
  more: Partial<Lookup> = {},
): Promise<string | undefined> {
  aws.answer = answers;
  return finders[type]!({
    stack: "service-dev",
    partition: "aws-cn",
    account: "123456789012",
    given: {},
    value: (argument) => Promise.resolve(values[argument]!),
    resolve: () => Promise.reject(new Error("Nothing refers to another resource.")),
    valueOfReferrer: () => Promise.reject(new Error("Nothing refers to it.")),
    ...more,
  });
}

const asked = () => aws.calls.map(({ operation, input }) => ({ operation, ...input }));
const body = (body: unknown) => () => ({ body });
const xml = (operation: string, result = "") =>
  body(`<${operation}Response><${operation}Result>${result}</${operation}Result></${operation}Response>`);
const functions = "/2015-03-31/functions/hw-dev-api";

describe("an existing resource", () => {
  it.each<[string, Record<string, string>, (call: Call) => Reply, string, object]>([
    [
      "aws_s3_bucket_lifecycle_configuration",
      { bucket: "artifacts" },
      body("<LifecycleConfiguration/>"),
      "artifacts",
      { operation: "GET", path: "/artifacts/?lifecycle=" },
    ],
    [
      "aws_ssm_parameter",
      { name: "/hw/pipeline_bucket_name" },
      body({ Parameter: {} }),
      "/hw/pipeline_bucket_name",
      { operation: "GetParameter", Name: "/hw/pipeline_bucket_name" },
    ],
    [
      "aws_secretsmanager_secret",
      { name: "hw-github" },
      body({ ARN: "arn:of:the-secret" }),
      "arn:of:the-secret",
      { operation: "DescribeSecret", SecretId: "hw-github" },
    ],
    [
      "aws_iam_role",
      { name: "hw-dev-api" },
      xml("GetRole"),
      "hw-dev-api",
      { operation: "GetRole", RoleName: "hw-dev-api" },
    ],
    [
      "aws_iam_policy",
      { name: "hw-boundary" },
      xml("GetPolicy"),
      "arn:aws-cn:iam::123456789012:policy/hw-boundary",
      { operation: "GetPolicy", PolicyArn: "arn:aws-cn:iam::123456789012:policy/hw-boundary" },
    ],
    [
      "aws_codebuild_project",
      { name: "hw-UnitTest" },
      body({ projects: [{ name: "hw-UnitTest" }] }),
      "hw-UnitTest",
      { operation: "BatchGetProjects", names: ["hw-UnitTest"] },
    ],
    [
      "aws_codepipeline",
      { name: "hw-pipeline" },
      body({ pipeline: { name: "hw-pipeline" } }),
      "hw-pipeline",
      { operation: "GetPipeline", name: "hw-pipeline" },
    ],
    [
      "aws_sns_topic",
      { name: "hw-failed" },
      xml("GetTopicAttributes"),
      "arn:aws-cn:sns:eu-west-1:123456789012:hw-failed",
      {
        operation: "GetTopicAttributes",
        TopicArn: "arn:aws-cn:sns:eu-west-1:123456789012:hw-failed",
      },
    ],
    [
      "aws_lambda_function_event_invoke_config",
      { function_name: "hw-pipeline-commit-statuses" },
      body({ MaximumRetryAttempts: 0 }),
      "hw-pipeline-commit-statuses",
      {
        operation: "GET",
        path: "/2019-09-25/functions/hw-pipeline-commit-statuses/event-invoke-config",
      },
    ],
    [
      "aws_kms_alias",
      { name: "alias/hw" },
      body({ KeyMetadata: { KeyId: "k-1" } }),
      "alias/hw",
      { operation: "DescribeKey", KeyId: "alias/hw" },
    ],
    [
      "aws_sqs_queue",
      { name: "hw-dev-failed" },
      body({ QueueUrl: "https://queue/hw-dev-failed" }),
      "https://queue/hw-dev-failed",
      { operation: "GetQueueUrl", QueueName: "hw-dev-failed" },
    ],
    [
      "aws_lambda_function",
      { function_name: "hw-dev-api" },
      body({}),
      "hw-dev-api",
      { operation: "GET", path: functions },
    ],
    [
      "aws_lambda_alias",
      { function_name: "hw-dev-api", name: "live" },
      body({}),
      "hw-dev-api/live",
      { operation: "GET", path: `${functions}/aliases/live` },
    ],
    [
      "aws_apigatewayv2_integration",
      { api_id: "a1b2" },
      body({ items: [{ integrationId: "i1" }] }),
      "a1b2/i1",
      { operation: "GET", path: "/v2/apis/a1b2/integrations" },
    ],
    [
      "aws_apigatewayv2_route",
      { api_id: "a1b2", route_key: "$default" },
      body({
        items: [
          { routeKey: "GET /", routeId: "r1" },
          { routeKey: "$default", routeId: "r2" },
        ],
      }),
      "a1b2/r2",
      { operation: "GET", path: "/v2/apis/a1b2/routes" },
    ],
    [
      "aws_apigatewayv2_stage",
      { api_id: "a1b2", name: "live" },
      body({}),
      "a1b2/live",
      { operation: "GET", path: "/v2/apis/a1b2/stages/live" },
    ],
  ])("of type %s is looked up by its name, and has an import id", async (type, values, answer, id, call) => {
    expect(await find(type, values, answer)).toBe(id);
    const [{ Action: _action, Version: _version, ...only }] = asked() as unknown as [Record<string, unknown>];
    expect(only).toEqual(call);
  });

  it("that is a KMS key is the one that its alias names", async () => {
    const valueOfReferrer = jest.fn(() => Promise.resolve("alias/hw"));
    const key = body({ KeyMetadata: { KeyId: "k-1" } });
    expect(await find("aws_kms_key", {}, key, { valueOfReferrer })).toBe("k-1");
    expect(valueOfReferrer).toHaveBeenCalledWith("aws_kms_alias", "name");
    expect(asked()).toEqual([{ operation: "DescribeKey", KeyId: "alias/hw" }]);
  });

  it("that is a webhook on GitHub is the one with the URL of the pipeline's webhook", async () => {
    const answer = ({ operation }: Call) =>
      operation === "ListWebhooks"
        ? { body: { webhooks: [{ url: "https://hook", definition: { name: "hw-push" } }] } }
        : { body: { SecretString: '{"githubAccessToken":"ghp_test"}' } };
    const resolve = jest.fn(() => Promise.resolve("hw-push"));
    const more = { given: { configuration: { url: "${aws_codepipeline_webhook.a.url}" } }, resolve };
    const values = { repository: "heavy-water" };
    expect(await find("github_repository_webhook", values, answer, more)).toBe("heavy-water/7");
    expect(resolve).toHaveBeenCalledWith("${aws_codepipeline_webhook.a.url}", "name");
    const none = body({ webhooks: [] });
    expect(await find("github_repository_webhook", values, none, more)).toBeUndefined();
  });

  it("that is a permission of a function is the one for the same service", async () => {
    const values = { function_name: "hw-dev-api", qualifier: "live", principal: "s3.amazonaws.com" };
    const statement = (Sid: string, Principal: object) => ({ Sid, Principal });
    const policy = (...Statement: object[]) => body({ Policy: JSON.stringify({ Statement }) });
    const [events, s3] = [
      statement("one", { Service: "events.amazonaws.com" }),
      statement("two", { Service: "s3.amazonaws.com" }),
    ];
    const given = { qualifier: "live" };
    const id = (answer: () => Reply) => find("aws_lambda_permission", values, answer, { given });
    expect(await id(policy(statement("zero", { AWS: "*" }), events, s3))).toBe("hw-dev-api:live/two");
    expect(asked()).toEqual([{ operation: "GET", path: `${functions}/policy?Qualifier=live` }]);
    expect(await id(policy(events))).toBeUndefined();
    expect(await id(body({}))).toBeUndefined();
    expect(await find("aws_lambda_permission", values, policy(s3))).toBe("hw-dev-api/two");
  });

  it("that is a service's bucket can have objects, and must belong to the account", async () => {
    const listing = body("<ListBucketResult><KeyCount>1</KeyCount></ListBucketResult>");
    expect(await find("aws_s3_bucket", { bucket: "documents" }, listing)).toBe("documents");
    await expect(find("aws_s3_bucket", { bucket: "states" }, listing, { stack: "state" })).rejects.toThrow(
      "The bucket states exists already and has objects",
    );
  });
});

describe("an API", () => {
  const pages = (...names: string[][]) => {
    const items = names.map((page, at) => page.map((name, index) => ({ name, apiId: `a${at}${index}` })));
    return ({ input }: Call): Reply => {
      const at = Number(/nextToken=(\d+)/.exec(String(input.path))?.[1] ?? 0);
      return { body: { items: items[at], ...(at + 1 < items.length && { nextToken: String(at + 1) }) } };
    };
  };
  const id = (answer: (call: Call) => Reply) => find("aws_apigatewayv2_api", { name: "hw-dev" }, answer);

  it("is found by its name, on whatever page", async () => {
    expect(await id(pages(["hw-prod", "hw-dev2"], [], ["hw-dev"]))).toBe("a20");
    expect(asked()).toHaveLength(3);
  });

  it("is missing if no other has its name", async () => {
    expect(await id(pages(["hw-prod"]))).toBeUndefined();
    expect(await id(body({}))).toBeUndefined();
  });

  it("is an error if several have its name, because only the operator can tell which is ours", async () => {
    await expect(id(pages(["hw-dev", "x"], ["hw-dev"]))).rejects.toThrow(
      /^There are 2 APIs named hw-dev \(a00, a10\), [^]*delete-api --api-id ID/,
    );
  });
});

it.each([
  ["aws_codebuild_project", { name: "a" }, { projects: [] }],
  ["aws_codebuild_project", { name: "a" }, {}],
  ["aws_kms_alias", { name: "alias/a" }, {}],
  ["aws_sqs_queue", { name: "a" }, {}],
  ["aws_apigatewayv2_integration", { api_id: "a" }, {}],
  ["aws_apigatewayv2_integration", { api_id: "a" }, { items: [] }],
  ["aws_apigatewayv2_route", { api_id: "a", route_key: "$default" }, {}],
  ["aws_apigatewayv2_route", { api_id: "a", route_key: "$default" }, { items: [{ routeKey: "GET /" }] }],
])("an %s %j that AWS does not show is missing: %j", async (type, values, reply) => {
  expect(await find(type, values as Record<string, string>, body(reply))).toBeUndefined();
});
