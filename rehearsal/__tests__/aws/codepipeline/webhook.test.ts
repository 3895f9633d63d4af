import { createHmac } from "node:crypto";
import type { WebhookDefinition, WebhookFilterRule } from "@aws-sdk/client-codepipeline";
import fc from "fast-check";
import { isJsonPath, mismatch, Webhook } from "../../../src/aws/codepipeline/webhook";

const body = Buffer.from('{"ref":"refs/heads/main"}');
const sign = (algorithm: "sha1" | "sha256", secret = "secret") =>
  `${algorithm}=${createHmac(algorithm, secret).update(body).digest("hex")}`;

function webhook(definition: Partial<WebhookDefinition>): Webhook {
  return new Webhook("arn", "http://127.0.0.1/webhooks/trigger?t=1", {
    name: "hook",
    targetPipeline: "pipeline",
    targetAction: "Source",
    filters: [],
    authentication: "GITHUB_HMAC",
    authenticationConfiguration: { SecretToken: "secret" },
    ...definition,
  });
}

describe("a webhook", () => {
  it("accepts a signature with its secret, SHA-256 before SHA-1", () => {
    const hook = webhook({});
    expect(hook.isSigned(body, sign("sha256"), undefined)).toBe(true);
    expect(hook.isSigned(body, undefined, sign("sha1"))).toBe(true);
    expect(hook.isSigned(body, sign("sha256", "other"), sign("sha1"))).toBe(false);
    expect(hook.isSigned(body, undefined, undefined)).toBe(false);
  });

  it("rejects every sender without a secret, with an empty one, or with another authentication", () => {
    const signed = (definition: Partial<WebhookDefinition>, secret = "secret") =>
      webhook(definition).isSigned(body, sign("sha256", secret), undefined);
    expect(signed({ authenticationConfiguration: undefined }, "")).toBe(false);
    expect(signed({ authenticationConfiguration: {} }, "")).toBe(false);
    expect(signed({ authenticationConfiguration: { SecretToken: "" } }, "")).toBe(false);
    expect(signed({ authentication: "IP" })).toBe(false);
    expect(signed({ authentication: undefined })).toBe(false);
  });

  it("accepts every sender if it is unauthenticated", () => {
    expect(webhook({ authentication: "UNAUTHENTICATED" }).isSigned(body, undefined, undefined)).toBe(true);
  });
});

it("recognizes a repeated signed body with another ID, but not an unsigned one", () => {
  const signed = webhook({});
  expect(signed.isRepeated(body, "1")).toBe(false);
  expect(signed.isRepeated(body, "2")).toBe(true);
  const unsigned = webhook({ authentication: "UNAUTHENTICATED" });
  expect(unsigned.isRepeated(body, "1")).toBe(false);
  expect(unsigned.isRepeated(body, "2")).toBe(false);
  expect(unsigned.isRepeated(body, "1")).toBe(true);
});

it("has no tags and no last trigger when it is created", () => {
  expect(webhook({})).toMatchObject({ tags: [], lastTriggered: undefined });
});

describe("a webhook's filters", () => {
  const push = {
    ref: "refs/heads/main",
    forced: false,
    size: 2,
    none: null,
    commits: [{ id: "a" }, { id: "b" }],
  };
  const ref: WebhookFilterRule = { jsonPath: "$.ref", matchEquals: "refs/heads/{Branch}" };
  const of = (filters: WebhookFilterRule[], payload: object = push) =>
    mismatch(filters, { Branch: "main", Repo: "heavy-water" }, payload);

  it("match if all of them do", () => {
    expect(of([])).toBeUndefined();
    expect(of([ref])).toBeUndefined();
    expect(of([ref, { jsonPath: "$.commits[*].id", matchEquals: "b" }])).toBeUndefined();
    expect(of([ref, { jsonPath: "$.commits[*].id", matchEquals: "c" }])).toBe("$.commits[*].id is not c");
  });

  it("replace the names of the action's configuration, but no others", () => {
    const two = { jsonPath: "$.ref", matchEquals: "{Repo}/{Branch}" };
    expect(of([two], { ref: "heavy-water/main" })).toBeUndefined();
    expect(of([{ jsonPath: "$.ref", matchEquals: "{Other}" }], { ref: "{Other}" })).toBeUndefined();
    expect(of([{ jsonPath: "$.ref", matchEquals: "{toString}" }])).toBe("$.ref is not {toString}");
  });

  it("name the one that does not match, with the expected value", () => {
    expect(of([ref], { ref: "refs/heads/develop" })).toBe("$.ref is not refs/heads/main");
    expect(of([ref], { ref: "refs/heads/main2" })).toBe("$.ref is not refs/heads/main");
    expect(of([ref], {})).toBe("$.ref is not in the payload");
  });

  it("require only the path if there is no value", () => {
    expect(of([{ jsonPath: "$.size" }])).toBeUndefined();
    expect(of([{ jsonPath: "$.size" }, { jsonPath: "$.gone" }])).toBe("$.gone is not in the payload");
  });

  it.each<[unknown, string, boolean]>([
    [2, "2", true],
    [false, "false", true],
    ["2", "2", true],
    [null, "null", false],
    [["main"], "main", false],
    [{}, "[object Object]", false],
    [2, "22", false],
  ])("compare %j with %s as JSON: %s", (value, wanted, matches) => {
    expect(of([{ jsonPath: "$.value", matchEquals: wanted }], { value }) === undefined).toBe(matches);
  });

  it("find nothing with a path that contains a script", () => {
    expect(of([{ jsonPath: "$.commits[?(@.id=='a')]" }])).toBe(
      "$.commits[?(@.id=='a')] is not in the payload",
    );
  });

  it("match only the full name of a branch", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (Branch, pushed) => {
        expect(mismatch([ref], { Branch }, { ref: `refs/heads/${pushed}` }) === undefined).toBe(
          Branch === pushed,
        );
      }),
    );
  });
});

it.each([
  ["$.ref", true],
  ["$.commits[*].id", true],
  ["$['ref']", true],
  ["ref", false],
  [".$", false],
  ["$.commits[?(@.id)]", false],
  ["$..[(@.length-1)]", false],
])("evaluates whether %s is a valid path: %s", (path, can) => {
  expect(isJsonPath(path)).toBe(can);
});
