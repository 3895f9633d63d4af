import {
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  DeleteOpenIDConnectProviderCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { ISSUER, IdentityTokens } from "../../src/github/identity-tokens";
import { claimsOf, runInput, type RunRepository, type WorkflowRun } from "../../src/github/workflow-run";
import { namesOf } from "../../../stacks/names";
import { policyDocument } from "../../../stacks/constructs/policy";
import { Arns } from "../../../stacks/iam/arns";
import { diffTrust } from "../../../stacks/iam/diff-role";
import { settingsWith } from "../../../__tests__/support/settings";
import { serve } from "../../../__tests__/support/http";
import { ACCOUNT, REGION, testEmulator, type TestEmulator } from "./fixture";

const AUDIENCE = "sts.amazonaws.com";
const repository: RunRepository = { owner: "Acme", ownerId: 7, name: "heavy-water", id: 1304267049 };
const host = new URL(ISSUER).host;
const provider = `arn:aws:iam::${ACCOUNT}:oidc-provider/${host}`;
const RoleArn = `arn:aws:iam::${ACCOUNT}:role/hw-diff`;

const tokens = new IdentityTokens();
let keys: Awaited<ReturnType<typeof serve>>;
let emulator: TestEmulator;
/** The same without the workaround: shows that the gap is still there. */
let bare: TestEmulator;

beforeAll(async () => {
  keys = await serve((_, response) => void response.end(JSON.stringify(tokens.jwks())));
  const providers = { [host]: keys.url };
  [emulator, bare] = await Promise.all([
    testEmulator([], providers),
    testEmulator(["web-identity"], providers),
  ]);
  for (const on of [emulator, bare]) await createDiffRole(on);
}, 120_000);
afterAll(async () => {
  keys.server.close();
  await Promise.all([emulator.remove(), bare.remove()]);
});

/** The role for pull requests as the state stack makes it, and the identity provider. */
async function createDiffRole(on: TestEmulator): Promise<void> {
  const iam = new IAMClient(on.client());
  await iam.send(new CreateOpenIDConnectProviderCommand({ Url: ISSUER, ClientIDList: [AUDIENCE] }));
  const arns = new Arns({ partition: "aws", region: REGION, accountId: ACCOUNT }, namesOf(settingsWith()));
  const known = {
    name: "Acme/heavy-water",
    immutableName: "Acme@7/heavy-water@1304267049",
    id: "1304267049",
  };
  const trust = diffTrust(arns, known, "main");
  await iam.send(
    new CreateRoleCommand({ RoleName: "hw-diff", AssumeRolePolicyDocument: policyDocument(trust) }),
  );
}

function run(changes: Partial<WorkflowRun> = {}): WorkflowRun {
  return { ...runInput.parse({ event: "workflow_run", workflow: "plan.yml" }), repository, ...changes };
}

/** The session that the token's bearer gets, or why it is refused. */
async function assume(WebIdentityToken: string, on = emulator): Promise<string> {
  // As the action in the workflow: without credentials.
  const anonymous = new STSClient({ ...on.client(), credentials: { accessKeyId: "", secretAccessKey: "" } });
  try {
    const { Credentials: issued } = await anonymous.send(
      new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: "diff", WebIdentityToken }),
    );
    const credentials = {
      accessKeyId: issued!.AccessKeyId!,
      secretAccessKey: issued!.SecretAccessKey!,
      sessionToken: issued!.SessionToken!,
    };
    const { Arn } = await new STSClient(on.client(credentials)).send(new GetCallerIdentityCommand({}));
    return Arn!;
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

const session = `arn:aws:sts::${ACCOUNT}:assumed-role/hw-diff/diff`;
const DENIED = "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity";

describe("the role for pull requests is assumed by plan.yml of the main branch", () => {
  it.each([
    ["with ids in the subject, as of repositories since July 2026", true],
    ["with names alone in the subject, as of older ones", false],
  ])("%s", async (_, immutableSubject) => {
    expect(await assume(tokens.sign(claimsOf(run({ immutableSubject }), AUDIENCE)))).toBe(session);
  });
});

describe.each([true, false])("the role is not assumed (ids in the subject: %p)", (immutableSubject) => {
  it.each<[string, Partial<WorkflowRun>]>([
    ["by another repository", { repository: { ...repository, name: "other", id: 9 } }],
    ["by a repository with a similar name", { repository: { ...repository, name: "heavy-water-2", id: 9 } }],
    ["by one whose name differs in case", { repository: { ...repository, owner: "acme", id: 9 } }],
    ["by one that has got the name of the repository", { repository: { ...repository, id: 9 } }],
    [
      "by one of another owner who registered both names",
      { repository: { ...repository, ownerId: 8, id: 9 } },
    ],
    ["by a fork in its own repository", { repository: { ...repository, owner: "eve", ownerId: 6, id: 9 } }],
    ["by the workflow of a pull request", { event: "pull_request", workflow: "diff.yml" }],
    ["by a pull request that has changed plan.yml", { event: "pull_request" }],
    ["by another workflow of the main branch", { workflow: "diff.yml" }],
    ["by another workflow that is pushed to the main branch", { event: "push", workflow: "other.yml" }],
    ["by plan.yml of another branch", { event: "push", branch: "feature" }],
    ["by plan.yml of a branch whose name ends like main", { event: "push", branch: "refs/heads/main" }],
  ])("%s", async (_, changes) => {
    const claims = claimsOf(run({ immutableSubject, ...changes }), AUDIENCE);
    expect(await assume(tokens.sign(claims))).toBe(DENIED);
  });

  it.each<[string, { sub?: string; job_workflow_ref?: string }]>([
    ["by a workflow of another branch that calls the main branch's", { sub: "ref:refs/heads/feature" }],
    ["by a pull request that calls the main branch's", { sub: "pull_request" }],
    [
      "by a workflow of the main branch that calls another",
      { job_workflow_ref: "other.yml@refs/heads/main" },
    ],
    ["by a tag of plan.yml", { job_workflow_ref: "plan.yml@refs/tags/main" }],
  ])("%s", async (_, { sub, job_workflow_ref: called }) => {
    const claims = claimsOf(run({ immutableSubject }), AUDIENCE);
    const changed = {
      ...claims,
      ...(sub && { sub: claims.sub.replace(/ref:.*$/, sub) }),
      ...(called && { job_workflow_ref: claims.job_workflow_ref.replace(/[^/]+@.*$/, called) }),
    };
    expect(changed).not.toEqual(claims);
    expect(await assume(tokens.sign(changed))).toBe(DENIED);
  });
});

describe("a token is rejected", () => {
  it("that is for another audience", async () => {
    expect(await assume(tokens.sign(claimsOf(run(), "https://github.com/Acme")))).toBe(
      "InvalidIdentityTokenException: Incorrect token audience",
    );
  });

  it("that has expired, or is not valid yet", async () => {
    const now = Math.floor(Date.now() / 1000);
    expect(await assume(tokens.sign(claimsOf(run(), AUDIENCE, now - 3600)))).toMatch(/^ExpiredToken/);
    expect(await assume(tokens.sign(claimsOf(run(), AUDIENCE, now + 3600)))).toMatch(/^InvalidIdentityToken/);
  });

  it("that is signed with another key, under the issuer's key id or another one", async () => {
    for (const forger of [new IdentityTokens(), new IdentityTokens("another")]) {
      expect(await assume(forger.sign(claimsOf(run(), AUDIENCE)))).toMatch(/^InvalidIdentityToken/);
    }
  });

  it("whose claims were changed after it was signed", async () => {
    const [header, , signature] = tokens.sign(claimsOf(run({ event: "pull_request" }), AUDIENCE)).split(".");
    const claims = Buffer.from(JSON.stringify(claimsOf(run(), AUDIENCE))).toString("base64url");
    expect(await assume([header, claims, signature].join("."))).toMatch(/^InvalidIdentityToken/);
  });

  it("that is not signed", async () => {
    const [, claims] = tokens.sign(claimsOf(run(), AUDIENCE)).split(".");
    const header = Buffer.from('{"alg":"none"}').toString("base64url");
    expect(await assume(`${header}.${claims}.AA`)).toMatch(/^InvalidIdentityToken/);
    for (const text of ["", "a.b.c", "nonsense", `${header}.${claims}.`]) {
      expect(await assume(text)).toMatch(/^(InvalidIdentityToken|Validation)/);
    }
  });

  it("of an issuer without an identity provider in the account", async () => {
    const claims = { ...claimsOf(run(), AUDIENCE), iss: "https://token.example.com" };
    expect(await assume(tokens.sign(claims))).toMatch(
      /^InvalidIdentityTokenException: No OpenIDConnect provider found in your account for https:\/\/token\.example\.com/,
    );
  });
});

it("needs the identity provider in the account", async () => {
  const iam = new IAMClient(emulator.client());
  await iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: provider }));
  const token = tokens.sign(claimsOf(run(), AUDIENCE));
  expect(await assume(token)).toMatch(/No OpenIDConnect provider found/);
  await iam.send(new CreateOpenIDConnectProviderCommand({ Url: ISSUER, ClientIDList: [AUDIENCE] }));
  expect(await assume(token)).toBe(session);
});

it("ministack itself checks no repository id, and accepts any token", async () => {
  const iam = new IAMClient(bare.client());
  expect(await assume(tokens.sign(claimsOf(run(), AUDIENCE)), bare)).toBe(DENIED);
  const trust = {
    Effect: "Allow",
    Principal: { Federated: provider },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: { StringEquals: { [`${host}:sub`]: "repo:Acme/heavy-water:ref:refs/heads/main" } },
  };
  const document = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
  await iam.send(new CreateRoleCommand({ RoleName: "by-subject", AssumeRolePolicyDocument: document }));
  const anonymous = new STSClient({
    ...bare.client(),
    credentials: { accessKeyId: "", secretAccessKey: "" },
  });
  const WebIdentityToken = new IdentityTokens().sign(claimsOf(run({ immutableSubject: false }), AUDIENCE));
  const { Credentials: issued } = await anonymous.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: RoleArn.replace("hw-diff", "by-subject"),
      RoleSessionName: "diff",
      WebIdentityToken,
    }),
  );
  expect(issued?.AccessKeyId).toBeDefined();
});
