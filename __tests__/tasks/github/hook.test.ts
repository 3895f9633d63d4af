import type { Server } from "node:http";
import { findHook } from "../../../tasks/github/hook";
import { serve } from "../../support/http";
import { environment } from "../../support/settings";
import { awsOfThisProcess, type AwsStandIn } from "../aws-stand-in";

const TOKEN = "ghp_theTokenOfThisTest";
const url = "https://webhooks.domain.com/trigger?t=1";

let gitHub: { server: Server; url: string };
let aws: AwsStandIn;
let asked: { path?: string; authorization?: string }[];
let hooks: { status: number; body: unknown };
/** The webhooks of CodePipeline, a page each. */
let pages: object[][];

beforeAll(async () => {
  gitHub = await serve((request, response) => {
    asked.push({ path: request.url, authorization: request.headers.authorization });
    response.writeHead(hooks.status).end(JSON.stringify(hooks.body));
  });
});
afterAll(() => gitHub.server.close());

beforeEach(async () => {
  [asked, pages] = [
    [],
    [[{ url: "https://other", definition: { name: "other" } }], [{ url, definition: { name: "hw-push" } }]],
  ];
  hooks = { status: 200, body: [] };
  aws = await awsOfThisProcess();
  Object.assign(process.env, environment, { GITHUB_BASE_URL: gitHub.url });
  aws.answer = ({ operation, input }) => {
    if (operation === "GetSecretValue") {
      const secret = { githubAccessToken: TOKEN, webhookSecret: "w" };
      return { body: { SecretString: JSON.stringify(secret) } };
    }
    const page = Number(input.NextToken ?? 0);
    const NextToken = page + 1 < pages.length ? String(page + 1) : undefined;
    return { body: { webhooks: pages[page], NextToken } };
  };
});
afterEach(() => aws.stop());

it("findHook returns the hook with the webhook's URL, and no other", async () => {
  hooks.body = [
    { id: 1, config: { url: "https://other" } },
    { id: 2, config: {} },
    { id: 3, config: { url } },
    { id: 4, config: { url: `${url}&t=2` } },
  ];
  await expect(findHook("heavy-water", "hw-push")).resolves.toBe(3);
  expect(asked).toEqual([
    { path: "/api/v3/repos/acme/heavy-water/hooks?per_page=100", authorization: `Bearer ${TOKEN}` },
  ]);
});

it("findHook returns none if no hook has the URL", async () => {
  hooks.body = [{ id: 1, config: { url: "https://other" } }];
  await expect(findHook("heavy-water", "hw-push")).resolves.toBeUndefined();
});

it("findHook does not call GitHub if CodePipeline has no webhook with the name", async () => {
  await expect(findHook("heavy-water", "hw")).resolves.toBeUndefined();
  pages = [[{ url }], []];
  await expect(findHook("heavy-water", "hw-push")).resolves.toBeUndefined();
  pages = [];
  await expect(findHook("heavy-water", "hw-push")).resolves.toBeUndefined();
  expect(asked).toEqual([]);
});

it("findHook names the token's missing permission if GitHub does not show the hooks", async () => {
  hooks = { status: 404, body: {} };
  await expect(findHook("heavy-water", "hw-push")).rejects.toThrow(
    "GitHub does not show the hooks of heavy-water: 404. The token needs the permission Webhooks (read and write); renew it with npm run bootstrap.",
  );
});

it("findHook refuses an answer that is not a list of hooks", async () => {
  hooks.body = [{ id: "1", config: {} }];
  await expect(findHook("heavy-water", "hw-push")).rejects.toThrow(/expected number/);
});

it("findHook calls GitHub without a token if none is stored, and reports its answer", async () => {
  const before = aws.answer;
  aws.answer = (call) => (call.operation === "GetSecretValue" ? { body: {} } : before(call));
  await expect(findHook("heavy-water", "hw-push")).resolves.toBeUndefined();
  expect(asked.map(({ authorization }) => authorization)).toEqual([undefined]);
});
