import { z } from "zod";
import { readAnswer, refuseError } from "../../../tasks/github/answer";

const answer = (status: number, body: object | string, headers: Record<string, string> = {}) =>
  new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers });

describe("an answer of GitHub", () => {
  it("is its JSON", async () => {
    const read = readAnswer(answer(200, { id: 1 }), z.object({ id: z.number() }), "read a comment");
    expect(await read).toEqual({ id: 1 });
  });

  it.each([
    ["a page in HTML", "<html>Sign in</html>"],
    ["nothing", ""],
    ["other JSON", { name: "x" }],
  ])("that is %s names the request and what to check", async (_, body) => {
    const read = readAnswer(answer(200, body), z.object({ id: z.number() }), "list the comments");
    await expect(read).rejects.toThrow(
      "GitHub answers 200 with something other than the expected JSON to the request to list the comments",
    );
  });

  it.each([
    [401, { message: "Bad credentials" }, {}, "(401, Bad credentials). The token is wrong or has expired"],
    [
      403,
      { message: "Resource not accessible by integration" },
      {},
      "The token needs the permissions pull-requests: write",
    ],
    [403, { message: "API rate limit exceeded" }, {}, "The rate limit is reached"],
    [403, "", { "x-ratelimit-remaining": "0" }, "The rate limit is reached"],
    [429, { message: "x" }, { "x-ratelimit-remaining": "0" }, "The rate limit is reached"],
    [404, { message: "Not Found" }, {}, "What it is about is missing, or the token lacks the permissions"],
    [422, { message: "Validation Failed" }, {}, "GitHub does not accept the content"],
    [500, "<html>Unicorn!</html>", {}, "GitHub refuses to create the comment (500). Run this again later."],
    [502, "", {}, "(502). Run this again later."],
  ])(
    "with the status %i and %j is one message that says what to do",
    async (status, body, headers, message) => {
      await expect(refuseError(answer(status, body, headers), "create the comment")).rejects.toThrow(message);
    },
  );

  it("without an error is accepted", async () => {
    await expect(
      refuseError(new Response(null, { status: 204 }), "remove a comment"),
    ).resolves.toBeUndefined();
  });
});
