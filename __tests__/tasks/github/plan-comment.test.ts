import { GitHubApi } from "../../../tasks/github/api";
import { setLabel } from "../../../tasks/github/label";
import { markerOf, PlanComment } from "../../../tasks/github/plan-comment";

const ISSUES = "repos/acme/api/issues";
const bot = { login: "github-actions[bot]" };

interface Comment {
  id: number;
  body?: string;
  user: { login: string } | null;
}

/** The comments and labels of pull request 7; requests that GitHub refuses are named as `METHOD path`. */
class GitHub {
  readonly api = new GitHubApi("ghp_test", "https://github.example.com/");
  readonly sent: string[] = [];
  comments: Comment[] = [];
  labels: string[] = [];
  refused: Readonly<Record<string, number>> = {};
  /** Runs before a request, as another run of the workflow does. */
  before: (request: string) => void = () => undefined;

  constructor() {
    jest.spyOn(this.api, "request").mockImplementation((path, method = "GET", body) => {
      const request = `${method} ${path.replace(`${ISSUES}/`, "")}`;
      this.sent.push(request);
      this.before(request);
      const status = this.refused[request];
      if (status !== undefined) return Promise.resolve(new Response("{}", { status }));
      return Promise.resolve(this.answer(request, body as { body?: string; labels?: string[] }));
    });
  }

  private answer(request: string, body?: { body?: string; labels?: string[] }): Response {
    const page = Number(/&page=(\d+)$/.exec(request)?.[1] ?? 1);
    const id = Number(/comments\/(\d+)$/.exec(request)?.[1]);
    const one = this.comments.find((comment) => comment.id === id);
    switch (request.split(/[?/]/)[0]! + (request.includes("labels") ? " labels" : "")) {
      case "GET 7":
        return Response.json(this.comments.slice(100 * (page - 1), 100 * page));
      case "POST 7":
        this.comments.push({ id: 1000 + this.comments.length, body: body!.body, user: bot });
        return Response.json({});
      case "PATCH comments":
        if (one) one.body = body!.body;
        return new Response("{}", { status: one ? 200 : 404 });
      case "DELETE comments":
        this.comments = this.comments.filter((comment) => comment.id !== id);
        return new Response("{}", { status: one ? 200 : 404 });
      case "GET 7 labels":
        return Response.json(this.labels.map((name) => ({ name })));
      case "POST 7 labels":
        this.labels.push(...body!.labels!);
        return Response.json([]);
      case "DELETE 7 labels":
        this.labels = this.labels.filter((name) => !request.endsWith(`/${encodeURIComponent(name)}`));
        return Response.json([]);
      default:
        throw new Error(`${request} was not expected`);
    }
  }

  write(number: number, attempt: number, text: string): Promise<boolean> {
    return new PlanComment(this.api, ISSUES, 7).write({ number, attempt }, text);
  }

  get bodies(): (string | undefined)[] {
    return this.comments.map(({ body }) => body);
  }
}

const plan = (number: number, attempt: number, text: string) => `${markerOf({ number, attempt })}\n${text}`;

let gitHub: GitHub;
beforeEach(() => {
  gitHub = new GitHub();
});
afterEach(() => jest.restoreAllMocks());

describe("the comment with the plan", () => {
  it("has a marker that GitHub does not show", () => {
    expect(markerOf({ number: 5, attempt: 2 })).toBe("<!-- heavy-water-plan run=5 attempt=2 -->");
  });

  it("is created once, and then changed", async () => {
    expect(await gitHub.write(9, 1, "one")).toBe(true);
    expect(await gitHub.write(9, 2, "two")).toBe(true);
    expect(await gitHub.write(10, 1, "three")).toBe(true);
    expect(gitHub.bodies).toEqual([plan(10, 1, "three")]);
    expect(gitHub.sent.filter((request) => request.startsWith("POST"))).toHaveLength(1);
  });

  it.each([
    [9, 1],
    [10, 1],
  ])("stays that of a newer run or attempt (run %i, attempt %i)", async (number, attempt) => {
    gitHub.comments = [{ id: 1, body: plan(10, 2, "newer"), user: bot }];
    expect(await gitHub.write(number, attempt, "older")).toBe(false);
    expect(gitHub.bodies).toEqual([plan(10, 2, "newer")]);
  });

  it("is found on a later page, and is neither another author's nor one that only quotes a marker", async () => {
    const others: Comment[] = Array.from({ length: 98 }, (_, id) => ({ id: id + 1, body: "a", user: bot }));
    gitHub.comments = [
      ...others,
      { id: 99, body: plan(99, 9, "forged"), user: { login: "acme" } },
      { id: 100, body: plan(99, 9, "a deleted user's"), user: null },
      { id: 101, body: `> ${plan(99, 9, "quoted")}`, user: bot },
      { id: 102, user: bot },
      { id: 103, body: plan(1, 1, "one"), user: bot },
    ];
    expect(await gitHub.write(2, 1, "two")).toBe(true);
    expect(gitHub.bodies.slice(98)).toEqual([
      plan(99, 9, "forged"),
      plan(99, 9, "a deleted user's"),
      `> ${plan(99, 9, "quoted")}`,
      undefined,
      plan(2, 1, "two"),
    ]);
    expect(gitHub.sent[0]).toBe("GET 7/comments?per_page=100&page=1");
  });

  it("is that of the newest run where several have written at the same time", async () => {
    gitHub.before = (request) => {
      if (request !== "POST 7/comments") return;
      gitHub.comments.push({ id: 1, body: plan(3, 1, "newest"), user: bot });
      gitHub.comments.push({ id: 2, body: plan(1, 1, "oldest"), user: bot });
    };
    expect(await gitHub.write(2, 1, "two")).toBe(false);
    expect(gitHub.bodies).toEqual([plan(3, 1, "newest")]);
  });

  it("is created again where another run removes it before it is changed", async () => {
    gitHub.comments = [{ id: 1, body: plan(1, 1, "one"), user: bot }];
    gitHub.before = (request) => {
      if (request.startsWith("PATCH")) gitHub.comments = [];
    };
    expect(await gitHub.write(2, 1, "two")).toBe(true);
    expect(gitHub.bodies).toEqual([plan(2, 1, "two")]);
  });

  it("is an error that names what GitHub refuses", async () => {
    const page = "GET 7/comments?per_page=100&page=1";
    const old = [{ id: 1, body: plan(1, 1, "one"), user: bot }];
    for (const [request, message, comments] of [
      [page, "list the comments", []],
      ["POST 7/comments", "create the comment", []],
      ["PATCH comments/1", "change the comment", old],
    ] as const) {
      gitHub.comments = [...comments];
      gitHub.refused = { [request]: 403 };
      await expect(gitHub.write(2, 1, "two")).rejects.toThrow(`GitHub refuses to ${message} (403)`);
    }
    gitHub.comments = [...old, { id: 2, body: plan(1, 1, "again"), user: bot }];
    gitHub.refused = { "DELETE comments/2": 403 };
    await expect(gitHub.write(2, 1, "two")).rejects.toThrow("remove an outdated comment (403)");
    // Another run has removed it already.
    gitHub.refused = { "DELETE comments/2": 404 };
    await expect(gitHub.write(3, 1, "three")).resolves.toBe(true);
  });
});

describe("a label", () => {
  const set = (isSet: boolean) => setLabel(gitHub.api, `${ISSUES}/7`, "very destructive", isSet);

  it("is added once, and removed once", async () => {
    gitHub.labels = ["another"];
    for (const isSet of [false, true, true]) await set(isSet);
    expect(gitHub.labels).toEqual(["another", "very destructive"]);
    for (const isSet of [false, false]) await set(isSet);
    expect(gitHub.labels).toEqual(["another"]);
    expect(gitHub.sent.filter((request) => !request.startsWith("GET"))).toEqual([
      "POST 7/labels",
      "DELETE 7/labels/very%20destructive",
    ]);
    expect(gitHub.sent[0]).toBe("GET 7/labels?per_page=100");
  });

  it("is an error that names what GitHub refuses, unless it is removed already", async () => {
    gitHub.refused = { "GET 7/labels?per_page=100": 403 };
    await expect(set(true)).rejects.toThrow("GitHub refuses to list the labels (403)");
    gitHub.refused = { "POST 7/labels": 403 };
    await expect(set(true)).rejects.toThrow("GitHub refuses to add the label very destructive (403)");
    gitHub.labels = ["very destructive"];
    gitHub.refused = { "DELETE 7/labels/very%20destructive": 403 };
    await expect(set(false)).rejects.toThrow("GitHub refuses to remove the label very destructive (403)");
    gitHub.refused = { "DELETE 7/labels/very%20destructive": 404 };
    await expect(set(false)).resolves.toBeUndefined();
  });
});
