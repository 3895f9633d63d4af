import { GitHubApi } from "../../../tasks/github/api";

const { GITHUB_BASE_URL } = process.env;
let fetched: jest.SpiedFunction<typeof fetch>;

beforeEach(() => {
  delete process.env.GITHUB_BASE_URL;
  fetched = jest.spyOn(globalThis, "fetch").mockImplementation(() => Promise.resolve(new Response("{}")));
});
afterEach(() => {
  jest.restoreAllMocks();
  if (GITHUB_BASE_URL !== undefined) process.env.GITHUB_BASE_URL = GITHUB_BASE_URL;
});

const request = () =>
  fetched.mock.calls.map(([url, options]) => ({ ...options, url: (url as URL).href }))[0]!;

it("a request goes to GitHub with the token, as GET unless it says otherwise", async () => {
  const api = new GitHubApi("ghp_test");
  await api.request("repos/acme/heavy-water");
  expect(request()).toEqual({
    url: "https://api.github.com/repos/acme/heavy-water",
    method: "GET",
    headers: { accept: "application/vnd.github+json", authorization: "Bearer ghp_test" },
    signal: expect.any(AbortSignal) as AbortSignal,
  });
  fetched.mockClear();
  await api.request("repos/acme/heavy-water/dispatches", "POST");
  expect(request().method).toBe("POST");
});

it("a request with a body sends it as JSON", async () => {
  await new GitHubApi("ghp_test").request("repos/acme/heavy-water/hooks", "POST", { active: true });
  expect(request().body).toBe('{"active":true}');
});

it("a request goes to the API of GitHub Enterprise Server where GITHUB_BASE_URL names one", async () => {
  process.env.GITHUB_BASE_URL = "https://github.example.com/";
  await new GitHubApi("ghp_test").request("user");
  expect(request().url).toBe("https://github.example.com/api/v3/user");
});

it("an error status is an answer", async () => {
  fetched.mockResolvedValue(new Response("", { status: 500 }));
  expect((await new GitHubApi("ghp_test").request("user")).status).toBe(500);
});

it.each([
  [
    "a failed connection",
    new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") }),
    "connect ECONNREFUSED",
  ],
  ["a timeout", new DOMException("The operation timed out", "TimeoutError"), "The operation timed out"],
  ["a cause without a message", new TypeError("fetch failed", { cause: "offline" }), "fetch failed"],
])("%s is an error with the reason and the host, without the token", async (_, error, reason) => {
  fetched.mockRejectedValue(error);
  await expect(new GitHubApi("ghp_test").request("user")).rejects.toThrow(
    new Error(
      `GitHub does not answer at https://api.github.com (${reason}). Check the network, and GITHUB_BASE_URL if it is set; then run this again.`,
    ),
  );
});
