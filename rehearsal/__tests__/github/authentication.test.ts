import fc from "fast-check";
import { isAuthorized } from "../../src/github/authentication";

const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

const token = fc.stringMatching(/^\w{1,40}$/);

describe("isAuthorized", () => {
  it("takes the token in every way GitHub does", () => {
    fc.assert(
      fc.property(token, fc.stringMatching(/^\w{0,20}$/), (secret, other) => {
        for (const header of [
          `Bearer ${secret}`,
          `bearer ${secret}`,
          `token ${secret}`,
          basic(other, secret),
          basic(secret, ""),
          basic(secret, "x-oauth-basic"),
        ]) {
          expect(isAuthorized(header, secret)).toBe(true);
        }
      }),
    );
  });

  it("takes no other token in any way", () => {
    fc.assert(
      fc.property(token, token, (secret, wrong) => {
        fc.pre(secret !== wrong);
        for (const header of [`Bearer ${wrong}`, `token ${wrong}`, basic(wrong, wrong), basic(wrong, "")]) {
          expect(isAuthorized(header, secret)).toBe(false);
        }
      }),
    );
  });

  it.each([undefined, "", "Bearer", "Bearer ", "secret", "Digest secret", "Basic secret"])(
    "refuses the header %p",
    (header) => expect(isAuthorized(header, "secret")).toBe(false),
  );
});
