import type { Tag, WebhookDefinition, WebhookFilterRule } from "@aws-sdk/client-codepipeline";
import { JSONPath } from "jsonpath-plus";
import { isSignedWith, SeenDeliveries } from "../github-delivery";

/** The path of all webhooks' URLs. The parameter `t` distinguishes them. */
export const WEBHOOK_PATH = "/webhooks/trigger";

/** A webhook: its authentication, its filters and its pipeline. */
export class Webhook {
  tags: readonly Tag[] = [];
  lastTriggered: Date | undefined;
  private readonly seen = new SeenDeliveries();

  constructor(
    readonly arn: string,
    readonly url: string,
    public definition: WebhookDefinition,
  ) {}

  /**
   * Whether a body was signed with the webhook's secret.
   * @param sha256 value of `X-Hub-Signature-256`
   * @param sha1 value of `X-Hub-Signature`
   */
  isSigned(body: Buffer, sha256: string | undefined, sha1: string | undefined): boolean {
    const { authentication, authenticationConfiguration } = this.definition;
    if (authentication === "UNAUTHENTICATED") return true;
    const secret = authenticationConfiguration?.SecretToken;
    if (authentication !== "GITHUB_HMAC" || !secret) return false;
    return isSignedWith(secret, body, sha256, sha1);
  }

  /** Remembers a delivery, and returns whether it was received before. */
  isRepeated(body: Buffer, delivery: string | undefined): boolean {
    return this.seen.isRepeated(body, delivery, this.definition.authentication === "GITHUB_HMAC");
  }
}

/**
 * Returns why a payload does not match the filters, or undefined if it does.
 * @param configuration of the target action; `{Branch}` in a filter is replaced with its value
 */
export function mismatch(
  filters: readonly WebhookFilterRule[],
  configuration: Readonly<Record<string, string>>,
  payload: object,
): string | undefined {
  for (const { jsonPath, matchEquals } of filters) {
    const found = find(jsonPath!, payload);
    if (found.length === 0) return `${jsonPath} is not in the payload`;
    if (matchEquals === undefined) continue;
    const expected = matchEquals.replace(/\{(\w+)\}/g, (placeholder, key: string) =>
      Object.hasOwn(configuration, key) ? configuration[key]! : placeholder,
    );
    if (!found.some((value) => isEqual(value, expected))) return `${jsonPath} is not ${expected}`;
  }
  return undefined;
}

/**
 * Whether a value of a payload equals a text. CodePipeline documents filters only for strings. A number or boolean is
 * compared as JSON; an object or array never matches.
 */
function isEqual(value: unknown, text: string): boolean {
  return ["string", "number", "boolean"].includes(typeof value) && `${value as string}` === text;
}

/** Returns the values at a path. Scripts in a path are never run: the payload is not trusted. */
function find(path: string, json: object): unknown[] {
  try {
    const found: unknown = JSONPath({ path, json, eval: false, wrap: true });
    return Array.isArray(found) ? (found as unknown[]) : [];
  } catch {
    return [];
  }
}

/** Whether a path is a JSONPath without scripts. */
export function isJsonPath(path: string): boolean {
  try {
    JSONPath({ path, json: {}, eval: false });
    return path.startsWith("$") && !path.includes("(");
  } catch {
    return false;
  }
}
