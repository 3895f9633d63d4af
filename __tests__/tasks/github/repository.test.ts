import { SSMClient } from "@aws-sdk/client-ssm";
import type { Server } from "node:http";
import { namesOf } from "../../../stacks/names";
import { GitHubApi } from "../../../tasks/github/api";
import { readRepository, updateRepository } from "../../../tasks/github/repository";
import { serve } from "../../support/http";
import { settingsWith } from "../../support/settings";
import { awsOfThisProcess, type AwsStandIn } from "../aws-stand-in";

const TOKEN = "ghp_theTokenOfThisTest";
const identity = { owner: "Acme", ownerId: "7", name: "Heavy-Water", id: "1304267049" };

let gitHub: { server: Server; url: string };
let asked: { path?: string; authorization?: string }[];
let answer: { status: number; headers?: Record<string, string>; body?: unknown };
beforeAll(async () => {
  gitHub = await serve((request, response) => {
    asked.push({ path: request.url, authorization: request.headers.authorization });
    const { status, headers, body = {} } = answer;
    answer =
      request.url?.includes("/repositories/") || status !== 301 ? answer : { status: 200, body: renamed };
    response.writeHead(status, headers).end(JSON.stringify(body));
  });
});
afterAll(() => gitHub.server.close());
beforeEach(() => {
  asked = [];
});

const described = {
  id: 1304267049,
  name: "Heavy-Water",
  full_name: "Acme/Heavy-Water",
  owner: { login: "Acme", id: 7 },
};
const renamed = { ...described, name: "light-water", full_name: "Acme/light-water" };

const read = () => readRepository(new GitHubApi(TOKEN, gitHub.url), settingsWith());

it("readRepository takes spelling and ids from GitHub's answer, not from the settings", async () => {
  answer = { status: 200, body: described };
  expect(await read()).toEqual(identity);
  expect(asked).toEqual([{ path: "/api/v3/repos/acme/heavy-water", authorization: `Bearer ${TOKEN}` }]);
});

it("readRepository reports the new name of a renamed repository", async () => {
  answer = { status: 301, headers: { location: `${gitHub.url}/api/v3/repositories/1304267049` } };
  await expect(read()).rejects.toThrow(
    "GitHub knows acme/heavy-water as Acme/light-water: it was renamed or transferred. " +
      "Set pipeline_githubOwner=Acme and pipeline_githubRepo=light-water, and run this again.",
  );
});

it.each([
  [
    401,
    {},
    "GitHub does not accept the token (401): it is wrong, expired or deleted. Create a new one, set the variable " +
      "githubAccessToken to it, and run this again (docs/runbooks/renew-github-token.md).",
  ],
  [
    404,
    {},
    "GitHub does not show the repository acme/heavy-water to this token (404). Check pipeline_githubOwner and " +
      "pipeline_githubRepo, and that the token has access to this repository.",
  ],
  ...[403, 429].map((status): [number, Record<string, string>, string] => [
    status,
    { "x-ratelimit-remaining": "0" },
    `GitHub answers no more requests with this token for now (${status}): run this again in an hour.`,
  ]),
  ...[403, 429].map((status): [number, Record<string, string>, string] => [
    status,
    { "x-ratelimit-remaining": "1" },
    `GitHub refuses the token the repository acme/heavy-water (${status}). An organization may have to approve the ` +
      "token, or to authorize it for single sign-on: see the token's page on GitHub.",
  ]),
  [503, {}, "GitHub answers 503 to a question about the repository acme/heavy-water. Run this again later."],
])("readRepository names what to do if GitHub answers %p %p", async (status, headers, message) => {
  answer = { status, headers };
  await expect(read()).rejects.toThrow(new Error(message));
  expect(message).not.toContain(TOKEN);
});

it("readRepository names the URL if GitHub cannot be reached", async () => {
  const nowhere = new GitHubApi(TOKEN, "http://127.0.0.1:1/");
  await expect(readRepository(nowhere, settingsWith())).rejects.toThrow(
    /GitHub does not answer at http:\/\/127\.0\.0\.1:1 \(.+\)\. Check the network/,
  );
});

describe("the parameter with the identity", () => {
  let aws: AwsStandIn;
  beforeAll(async () => (aws = await awsOfThisProcess()));
  afterAll(() => aws.stop());
  beforeEach(() => void aws.calls.splice(0));

  const update = () => updateRepository(new SSMClient(), settingsWith(), identity);
  const written = () => aws.calls.filter(({ operation }) => operation === "PutParameter");

  it("is corrected if it has another value", async () => {
    aws.answer = ({ operation }) =>
      operation === "GetParameter" ? { body: { Parameter: { Value: '{"owner":"-"}' } } } : { body: {} };
    expect(await update()).toBe(true);
    expect(written()).toMatchObject([
      {
        input: {
          Name: namesOf(settingsWith()).repositoryParameter,
          Value: JSON.stringify(identity),
          Overwrite: true,
        },
      },
    ]);
  });

  it("is left alone if it is correct", async () => {
    aws.answer = () => ({ body: { Parameter: { Value: JSON.stringify(identity) } } });
    expect(await update()).toBe(false);
    expect(written()).toEqual([]);
  });

  it("is corrected if it has no value, and unknown if it cannot be read", async () => {
    aws.answer = () => ({ body: {} });
    expect(await update()).toBe(true);
    aws.answer = () => ({
      status: 400,
      body: { __type: "AccessDeniedException", message: "not authorized" },
    });
    await expect(update()).rejects.toThrow("not authorized");
    expect(written()).toHaveLength(1);
  });

  it("is left to the state stack if it does not exist", async () => {
    aws.answer = () => ({ status: 400, body: { __type: "ParameterNotFound" } });
    expect(await update()).toBe(false);
    expect(written()).toEqual([]);
  });
});
