import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { z } from "zod";
import type { Auth } from "./service-auth";

/** The settings of the project that the local API uses. */
const schema = z.object({
  hw_stack_name: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]*(_[a-z0-9_]+)?$/)
    .default("hw")
    .describe("letters, digits and hyphens, starting with a letter"),
  hw_stack_bucket_name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,56}[a-z0-9]$/)
    .default("heavy-water")
    .describe("an S3 bucket name of 3 to 58 characters"),
  service_cors_origins: z
    .string()
    .regex(/^(\*|https?:\/\/[^\s,/]+(,https?:\/\/[^\s,/]+)*)$/)
    .optional()
    .describe("* or origins such as https://www.example.com, separated by commas"),
  service_auth: z.enum(["iam", "jwt", "none"]).default("none").describe("iam, jwt or none"),
});

export interface DevSettings {
  /** The name of the local bucket. Default: `heavy-water-dev`. */
  readonly bucket: string;
  /** The origins whose pages are allowed to call the API. Default: none. */
  readonly corsOrigins: readonly string[];
  /** Who is allowed to call the API. Default: anyone. */
  readonly auth: Auth;
  readonly stackName: string;
  /** `AWS_REGION`. Default: eu-west-1. */
  readonly region: string;
}

/**
 * Reads the settings from the environment and from `.env` in the current folder; the environment wins.
 * @throws Error with the name of an invalid setting and its valid values
 */
export function readSettings(): DevSettings {
  const file = existsSync(".env") ? parseEnv(readFileSync(".env", "utf8")) : {};
  const environment: NodeJS.Dict<string> = { ...file, ...process.env };
  // In .env, `name=` means that the setting is not set.
  const value = (name: keyof typeof schema.shape) => environment[name] || undefined;
  const { data, error } = schema.safeParse({
    hw_stack_bucket_name: value("hw_stack_bucket_name"),
    service_cors_origins: value("service_cors_origins"),
    hw_stack_name: value("hw_stack_name"),
    service_auth: value("service_auth"),
  });
  if (error) {
    const name = error.issues[0]!.path[0] as keyof typeof schema.shape;
    throw new Error(
      `Invalid setting ${name}=${JSON.stringify(value(name))}: must be ${schema.shape[name].description}.`,
    );
  }
  return {
    bucket: `${data.hw_stack_bucket_name}-dev`,
    corsOrigins: data.service_cors_origins?.split(",") ?? [],
    auth: data.service_auth,
    stackName: data.hw_stack_name,
    region: environment.AWS_REGION || "eu-west-1",
  };
}
