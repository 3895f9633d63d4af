import { z } from "zod";
import { requestOf, type Schemas } from "./described";
import { ApiError } from "./api-error";
import type { Addresses } from "./user";

const config = z.object({
  url: z.string(),
  content_type: z.enum(["json", "form"]).default("form"),
  insecure_ssl: z
    .union([z.string(), z.number()])
    .transform(String)
    .pipe(z.enum(["0", "1"]))
    .default("0"),
  secret: z.string().optional(),
});

const events = z.array(z.string().min(1)).min(1);

const newHook = requestOf<"repos/create-webhook">()(
  z.object({
    name: z.literal("web").default("web"),
    config,
    events: events.default(["push"]),
    active: z.boolean().default(true),
  }),
);

const changedHook = requestOf<"repos/update-webhook">()(
  z.object({
    config: config.optional(),
    events: events.optional(),
    add_events: events.optional(),
    remove_events: events.optional(),
    active: z.boolean().optional(),
  }),
);

export type HookConfig = z.infer<typeof config>;

export interface Hook {
  id: number;
  active: boolean;
  events: string[];
  /** With the secret in plain text; `representHook` masks it. */
  config: HookConfig;
  created_at: string;
  updated_at: string;
  last_response: Schemas["hook-response"];
}

const MACHINE = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Webhooks: those of the repository, or those of the apps installed on it. */
export class Hooks {
  private readonly hooks = new Map<number, Hook>();

  /** @param lastId hooks get the ids after it */
  constructor(private lastId = 0) {}

  all(): Hook[] {
    return [...this.hooks.values()];
  }

  get(id: number): Hook | undefined {
    return this.hooks.get(id);
  }

  /** The active hooks that want an event. */
  subscribedTo(event: string): Hook[] {
    return this.all().filter((hook) => hook.active && wants(hook, event));
  }

  /** Adds a hook from a request's body. Throws an `ApiError` in GitHub's words for an invalid body. */
  add(body: unknown): Hook {
    const wanted = parse(newHook, body);
    this.checkConfig(wanted.config, wanted.events);
    const now = new Date().toISOString();
    const hook: Hook = {
      id: ++this.lastId,
      active: wanted.active,
      events: wanted.events,
      config: wanted.config,
      created_at: now,
      updated_at: now,
      last_response: { code: null, status: "unused", message: null },
    };
    this.hooks.set(hook.id, hook);
    return hook;
  }

  /** Changes what the body names. A `config` replaces the old one whole: without a secret, the secret is gone. */
  change(hook: Hook, body: unknown): Hook {
    const wanted = parse(changedHook, body);
    const changed = new Set([...(wanted.events ?? hook.events), ...(wanted.add_events ?? [])]);
    for (const event of wanted.remove_events ?? []) changed.delete(event);
    const newConfig = wanted.config ?? hook.config;
    this.checkConfig(newConfig, [...changed], hook);
    hook.config = newConfig;
    hook.events = [...changed];
    hook.active = wanted.active ?? hook.active;
    hook.updated_at = new Date().toISOString();
    return hook;
  }

  remove(hook: Hook): void {
    this.hooks.delete(hook.id);
  }

  private checkConfig({ url, content_type, insecure_ssl }: HookConfig, events: string[], self?: Hook): void {
    const target = URL.canParse(url) ? new URL(url) : undefined;
    if (target?.protocol !== "http:" || !MACHINE.has(target.hostname)) {
      throw invalid("url is not supported: the rehearsal delivers over plain http to this machine only");
    }
    const twin = this.all().find(
      (hook) =>
        hook !== self &&
        hook.config.url === url &&
        hook.config.content_type === content_type &&
        hook.config.insecure_ssl === insecure_ssl &&
        hook.events.some((event) => events.includes(event)),
    );
    if (twin) throw invalid("Hook already exists on this repository");
  }
}

/** Returns a hook as GitHub's API shows it, with the secret masked. */
export function representHook(hook: Hook, fullName: string, { rest }: Addresses) {
  const url = `${rest}/repos/${fullName}/hooks/${hook.id}`;
  const { secret, ...shown } = hook.config;
  return {
    type: "Repository" as const,
    id: hook.id,
    name: "web",
    active: hook.active,
    events: hook.events,
    config: { ...shown, ...(secret ? { secret: "********" } : {}) },
    created_at: hook.created_at,
    updated_at: hook.updated_at,
    url,
    ping_url: `${url}/pings`,
    deliveries_url: `${url}/deliveries`,
    test_url: `${url}/test`,
    last_response: hook.last_response,
  } satisfies Schemas["hook"];
}

function wants(hook: Hook, event: string): boolean {
  return hook.events.includes(event) || hook.events.includes("*");
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const { data, error } = schema.safeParse(body);
  if (!error) return data;
  throw invalid(
    ...error.issues.map(({ path, message }) =>
      path[0] === "config" && (path.length === 1 || path[1] === "url")
        ? "Config must contain URL for webhooks"
        : `${path.join(".")}: ${message}`,
    ),
  );
}

function invalid(...messages: string[]): ApiError {
  return new ApiError(
    422,
    "Validation Failed",
    messages.map((message) => ({ resource: "Hook", code: "custom", message })),
  );
}
