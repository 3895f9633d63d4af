import type { Tag, WebhookDefinition, WebhookFilterRule } from "@aws-sdk/client-codepipeline";
import { JSONPath } from "jsonpath-plus";
import { isSignedWith, SeenDeliveries } from "../github-delivery";

/** The path of every webhook's URL; `t` tells them apart. */
export const WEBHOOK_PATH = "/webhooks/trigger";

/** A webhook: who may post to it, what starts its pipeline. */
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
   * Whether the sender knows the secret.
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

  /** Remembers a delivery; true when it was here before. */
  isRepeated(body: Buffer, delivery: string | undefined): boolean {
    return this.seen.isRepeated(body, delivery, this.definition.authentication === "GITHUB_HMAC");
  }
}

/**
 * The first filter a payload does not match, in words; undefined when all match.
 * @param configuration of the target action: `{Branch}` in a filter stands for its value there
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
    const wanted = matchEquals.replace(/\{(\w+)\}/g, (placeholder, key: string) =>
      Object.hasOwn(configuration, key) ? configuration[key]! : placeholder,
    );
    if (!found.some((value) => isText(value, wanted))) return `${jsonPath} is not ${wanted}`;
  }
  return undefined;
}

/**
 * Whether a value of a payload is a text. CodePipeline's filters are documented for strings only; a number or
 * boolean is compared by what JSON writes for it, and nothing is a text that has members of its own.
 */
function isText(value: unknown, text: string): boolean {
  return ["string", "number", "boolean"].includes(typeof value) && `${value as string}` === text;
}

/** What a path finds. Scripts in a path are never run: the payload comes from outside. */
function find(path: string, json: object): unknown[] {
  try {
    const found: unknown = JSONPath({ path, json, eval: false, wrap: true });
    return Array.isArray(found) ? (found as unknown[]) : [];
  } catch {
    return [];
  }
}

/** Whether a path can be evaluated at all. */
export function isJsonPath(path: string): boolean {
  try {
    JSONPath({ path, json: {}, eval: false });
    return path.startsWith("$") && !path.includes("(");
  } catch {
    return false;
  }
}
