import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Server } from "node:http";
import { reportPlan } from "../../../tasks/cli/report-plan";
import { COMMENT_LIMIT } from "../../../tasks/diff/markdown";
import { serve } from "../../support/http";
import { reportOf, resourceWith, stackWith } from "../diff/reports";

/** A request that GitHub got. */
interface Sent {
  readonly request: string;
  readonly body: Record<string, unknown>;
}

let folder: string;
let file: string;
let gitHub: { url: string; server: Server };
let sent: Sent[];
/** The status and the body of answers that are not successful, by request. */
let refused: Record<string, readonly [number, string]>;

const PULLS = "GET /api/v3/repos/acme/api/pulls?state=open&head=acme%3Afeature&per_page=100";
const COMMENTS = "/api/v3/repos/acme/api/issues/7/comments";
const LABELS = "/api/v3/repos/acme/api/issues/7/labels";
const STATUS = "POST /api/v3/repos/acme/api/statuses/abc";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "report-plan-"));
  file = join(folder, "plan.json");
  gitHub = await serve((request, response) => {
    void text(request).then((body) => {
      const line = `${request.method} ${request.url}`;
      sent.push({ request: line, body: JSON.parse(body || "{}") as Sent["body"] });
      const [status, answer] = refused[line] ?? [200, answerTo(line)];
      response.writeHead(status).end(answer);
    });
  });
});
beforeEach(() => {
  sent = [];
  refused = {};
  jest.spyOn(console, "log").mockImplementation();
});
afterAll(() => {
  gitHub.server.close();
  rmSync(folder, { recursive: true });
});

function answerTo(line: string): string {
  if (line === PULLS) return JSON.stringify([{ number: 7, head: { sha: "abc" } }]);
  if (line.startsWith("GET")) return "[]";
  return "{}";
}

/** Reports a plan. @returns the error; undefined if there is none */
async function report(plan: string): Promise<string | undefined> {
  writeFileSync(file, plan);
  const environment = {
    GITHUB_BASE_URL: `${gitHub.url}/`,
    GITHUB_TOKEN: "ghs_token",
    GITHUB_REPOSITORY: "acme/api",
    GITHUB_RUN_ATTEMPT: "1",
    GITHUB_RUN_ID: "1001",
    GITHUB_RUN_NUMBER: "5",
    GITHUB_SERVER_URL: "https://github.com",
    BRANCH: "feature",
    COMMIT: "abc",
  };
  return reportPlan(file, environment).then(
    () => undefined,
    (error: Error) => error.message,
  );
}

const bodyOf = (request: string) => sent.find((one) => one.request === request)?.body;
const destructive = JSON.stringify(reportOf([stackWith([resourceWith({ action: "destroyed" })])]));

describe("the report of a plan", () => {
  it("is a comment, a status with the counts and a link to the log, and a label", async () => {
    expect(await report(destructive)).toBeUndefined();
    expect(bodyOf(`POST ${COMMENTS}`)?.body).toMatch(
      /^<!-- heavy-water-plan run=5 attempt=1 -->\n### 🛑 Plan: 1 destroyed\n/,
    );
    expect(bodyOf(STATUS)).toEqual({
      context: "plan",
      state: "success",
      description: "1 destroyed",
      target_url: "https://github.com/acme/api/actions/runs/1001",
    });
    expect(bodyOf(`POST ${LABELS}`)).toEqual({ labels: ["destructive"] });
  });

  it("fits in a comment, with its marker, for a plan of 2,000 resources", async () => {
    const resources = Array.from({ length: 2000 }, (_, index) =>
      resourceWith({ address: `aws_s3_bucket.documents_${index}`, action: "destroyed", lost: "its objects" }),
    );
    await report(JSON.stringify(reportOf([stackWith(resources)])));
    const length = (bodyOf(`POST ${COMMENTS}`)!.body as string).length;
    expect(length).toBeLessThan(COMMENT_LIMIT);
    expect(length).toBeGreaterThan(COMMENT_LIMIT - 500);
  });

  it.each(["", "\n"])("says that nothing could be planned, and leaves the labels, for %j", async (plan) => {
    expect(await report(plan)).toBeUndefined();
    expect(bodyOf(`POST ${COMMENTS}`)?.body).toContain("### ❌ Plan: failed");
    expect(bodyOf(STATUS)).toMatchObject({ state: "failure" });
    expect(sent.map(({ request }) => request)).not.toContain(`GET ${LABELS}?per_page=100`);
  });

  it("has a failed status if a stack failed, with the plans of the others in the comment", async () => {
    const failed = { stack: "pipeline", error: "A Terraform provider crashed." };
    await report(JSON.stringify(reportOf([failed, stackWith([resourceWith()])])));
    expect(bodyOf(STATUS)).toMatchObject({ state: "failure", description: "pipeline failed, 1 changed" });
    expect(bodyOf(`POST ${COMMENTS}`)?.body).toContain("aws_s3_bucket.documents");
  });

  it("is the status alone when the commit is no longer the newest of a pull request", async () => {
    refused[PULLS] = [200, JSON.stringify([{ number: 7, head: { sha: "def" } }])];
    expect(await report(destructive)).toBeUndefined();
    expect(sent.map(({ request }) => request).sort()).toEqual([PULLS, STATUS]);
  });

  it("keeps the comment when the status is refused, and the other way around", async () => {
    refused[STATUS] = [403, '{"message":"Resource not accessible by integration"}'];
    expect(await report(destructive)).toBe(
      "GitHub refuses to set the status plan of the commit (403, Resource not accessible by integration). " +
        "The token needs the permissions pull-requests: write and statuses: write.",
    );
    expect(bodyOf(`POST ${COMMENTS}`)).toBeDefined();

    sent = [];
    refused = { [PULLS]: [500, "<html>Unicorn!</html>"] };
    expect(await report(destructive)).toBe(
      "GitHub refuses to list the pull requests (500). Run this again later.",
    );
    expect(bodyOf(STATUS)).toBeDefined();
  });

  it("says once for each what failed", async () => {
    refused = { [STATUS]: [401, '{"message":"Bad credentials"}'], [PULLS]: [200, "<html>"] };
    const message = await report(destructive);
    expect(message?.split("\n")).toEqual([
      expect.stringContaining("(401, Bad credentials)"),
      expect.stringContaining(
        "something other than the expected JSON to the request to list the pull requests",
      ),
    ]);
  });

  it("says once that GitHub cannot be reached", async () => {
    const { url } = gitHub;
    gitHub.url = "http://127.0.0.1:1";
    expect(await report(destructive)).toMatch(/^GitHub does not answer at http:\/\/127\.0\.0\.1:1 .*$/);
    gitHub.url = url;
  });
});
