import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import {
  adminToken,
  chooseToken,
  newWebhookSecret,
  readSecret,
  storeSecret,
} from "../../../tasks/github/secret";
import { awsStandIn, type AwsStandIn } from "../aws-stand-in";

const TOKEN = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
const WEBHOOK_SECRET = "w".repeat(40);

let aws: AwsStandIn;
let client: SecretsManagerClient;
const said: string[] = [];

beforeAll(async () => {
  aws = await awsStandIn();
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "test" };
  client = new SecretsManagerClient({ endpoint: aws.url, region: "eu-west-1", credentials, maxAttempts: 1 });
});
afterAll(() => {
  client.destroy();
  aws.stop();
});

beforeEach(() => {
  aws.calls.length = 0;
  aws.answer = () => ({ body: {} });
  said.length = 0;
  const listen = (...text: unknown[]) => said.push(text.join(" ")) > 0;
  jest.spyOn(process.stdout, "write").mockImplementation(listen);
  jest.spyOn(process.stderr, "write").mockImplementation(listen);
  for (const method of ["log", "warn", "error"] as const)
    jest.spyOn(console, method).mockImplementation(listen);
});
afterEach(() => {
  jest.restoreAllMocks();
  expect(said.join("")).not.toMatch(new RegExp(`${TOKEN}|${WEBHOOK_SECRET}`));
});

it("a webhook secret has 40 random letters and digits", () => {
  const secrets = Array.from({ length: 500 }, newWebhookSecret);
  for (const secret of secrets) expect(secret).toMatch(/^[A-Za-z0-9]{40}$/);
  expect(new Set(secrets).size).toBe(secrets.length);
  expect(new Set(secrets.join("")).size).toBe(62);
});

describe("readSecret", () => {
  it("returns the stored value", async () => {
    const stored = { githubAccessToken: TOKEN, webhookSecret: WEBHOOK_SECRET };
    aws.answer = () => ({ body: { SecretString: JSON.stringify(stored) } });
    expect(await readSecret(client)).toEqual(stored);
    expect(aws.calls).toEqual([{ operation: "GetSecretValue", input: { SecretId: "PIPELINE_GITHUB" } }]);
  });

  it("returns nothing if the secret does not exist or has no value", async () => {
    aws.answer = () => ({ status: 400, body: { __type: "ResourceNotFoundException" } });
    expect(await readSecret(client)).toEqual({});
  });

  it("passes other errors on", async () => {
    aws.answer = () => ({
      status: 400,
      body: { __type: "AccessDeniedException", message: "not authorized" },
    });
    await expect(readSecret(client)).rejects.toThrow("not authorized");
  });

  it.each([TOKEN, JSON.stringify(TOKEN), JSON.stringify({ githubAccessToken: [TOKEN] })])(
    "refuses a value of another form without repeating it",
    async (SecretString) => {
      aws.answer = () => ({ body: { SecretString } });
      const error = await readSecret(client).catch((error: Error) => error);
      expect(error).toBeInstanceOf(Error);
      const { message, stack } = error as Error;
      expect(message).toBe(
        "The secret PIPELINE_GITHUB does not hold JSON with the keys githubAccessToken and webhookSecret. " +
          "Set its value to {} (aws secretsmanager put-secret-value), and run this again.",
      );
      expect(`${message} ${stack}`).not.toContain(TOKEN.slice(0, 8));
    },
  );
});

describe("the token", () => {
  const given = process.env.githubAccessToken;
  const isTTY = Object.getOwnPropertyDescriptor(process.stdin, "isTTY");
  beforeEach(() => {
    delete process.env.githubAccessToken;
    Object.defineProperty(process.stdin, "isTTY", { value: false, configurable: true });
  });
  afterAll(() => {
    if (given !== undefined) process.env.githubAccessToken = given;
    if (isTTY) Object.defineProperty(process.stdin, "isTTY", isTTY);
  });

  it("is the variable's, whatever is stored", async () => {
    process.env.githubAccessToken = TOKEN;
    expect(await chooseToken({ githubAccessToken: "another" })).toBe(TOKEN);
  });

  it.each([undefined, ""])("is the stored one if the variable is %p", async (variable) => {
    if (variable !== undefined) process.env.githubAccessToken = variable;
    expect(await chooseToken({ githubAccessToken: TOKEN })).toBe(TOKEN);
  });

  it("is requested with its variable and permissions if there is no terminal", async () => {
    await expect(chooseToken({})).rejects.toThrow(
      /variable githubAccessToken.*fine-grained.*Contents.*Webhooks.*classic.*repo and admin:repo_hook.*AWS documents only/,
    );
  });
});

describe("storeSecret", () => {
  const written = () =>
    aws.calls.map(({ operation, input }) => {
      expect(operation).toBe("PutSecretValue");
      expect(input.SecretId).toBe("PIPELINE_GITHUB");
      return JSON.parse(String(input.SecretString)) as Record<string, string>;
    });

  it("generates a webhook secret for a new pipeline", async () => {
    expect(await storeSecret(client, {}, TOKEN)).toBe(true);
    expect(written()).toEqual([
      { githubAccessToken: TOKEN, webhookSecret: expect.stringMatching(/^[A-Za-z0-9]{40}$/) as string },
    ]);
  });

  it("replaces the token and keeps the webhook secret", async () => {
    const stored = { githubAccessToken: "old", webhookSecret: WEBHOOK_SECRET };
    expect(await storeSecret(client, stored, TOKEN)).toBe(true);
    expect(written()).toEqual([{ githubAccessToken: TOKEN, webhookSecret: WEBHOOK_SECRET }]);
  });

  it("completes a secret whose webhook secret is missing or empty", async () => {
    expect(await storeSecret(client, { githubAccessToken: TOKEN }, TOKEN)).toBe(true);
    expect(await storeSecret(client, { githubAccessToken: TOKEN, webhookSecret: "" }, TOKEN)).toBe(true);
    for (const { webhookSecret } of written()) expect(webhookSecret).toHaveLength(40);
  });

  it("writes nothing if both are stored already", async () => {
    const stored = { githubAccessToken: TOKEN, webhookSecret: WEBHOOK_SECRET };
    expect(await storeSecret(client, stored, TOKEN)).toBe(false);
    expect(aws.calls).toEqual([]);
  });
});

describe("the operator's token for rulesets", () => {
  afterEach(() => delete process.env.githubAdminToken);

  it.each([
    [undefined, undefined],
    ["", undefined],
    ["ghp_another", "ghp_another"],
  ])("is what the variable has: %j", (value, expected) => {
    if (value !== undefined) process.env.githubAdminToken = value;
    expect(adminToken(TOKEN)).toBe(expected);
  });

  it("is refused if the pipeline uses it too, and is not in the error", () => {
    process.env.githubAdminToken = TOKEN;
    expect(() => adminToken(TOKEN)).toThrow("githubAdminToken is the token that the pipeline uses");
    expect(() => adminToken(TOKEN)).not.toThrow(TOKEN);
  });
});
