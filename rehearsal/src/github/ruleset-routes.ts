import { Hono } from "hono";
import { z } from "zod";
import { reply, requestOf, type Schemas } from "./described";
import { notFound, ApiError } from "./api-error";
import type { Repository } from "./repository";
import { readJson } from "./request";
import { nodeId } from "./user";

const RULESETS = "/repos/:owner/:repository/rulesets";

type Ruleset = Schemas["repository-ruleset"];

const ruleset = requestOf<"repos/create-repo-ruleset">()(
  z.object({
    name: z.string().min(1),
    target: z.enum(["branch", "tag", "push"]).default("branch"),
    enforcement: z.enum(["disabled", "active", "evaluate"]),
    // Kept as they come: nothing here acts on them.
    bypass_actors: z.custom<NonNullable<Ruleset["bypass_actors"]>>().optional(),
    conditions: z.custom<Schemas["repository-ruleset-conditions"]>().optional(),
    rules: z.custom<NonNullable<Ruleset["rules"]>>().optional(),
  }),
);

/** The repository's rulesets, which are not enforced on a push. */
export function rulesetRoutes(repository: Repository): Hono {
  const routes = new Hono();
  const rulesets = new Map<number, Ruleset>();
  let lastId = 0;

  const keep = (id: number, body: unknown) => {
    const now = new Date().toISOString();
    const kept: Ruleset = {
      created_at: rulesets.get(id)?.created_at ?? now,
      ...parse(body),
      id,
      node_id: nodeId("RepositoryRuleset", id),
      source_type: "Repository",
      source: repository.fullName,
      updated_at: now,
    };
    rulesets.set(id, kept);
    return kept;
  };

  const idOf = (text: string) => {
    if (!rulesets.has(Number(text))) throw notFound();
    return Number(text);
  };

  routes.get(RULESETS, (context) => reply(context, "repos/get-repo-rulesets", 200, [...rulesets.values()]));

  routes.post(RULESETS, async (context) => {
    const body = await readJson(context);
    return reply(context, "repos/create-repo-ruleset", 201, keep(++lastId, body));
  });

  routes.get(`${RULESETS}/:id`, (context) =>
    reply(context, "repos/get-repo-ruleset", 200, rulesets.get(idOf(context.req.param("id")))!),
  );

  routes.put(`${RULESETS}/:id`, async (context) => {
    const id = idOf(context.req.param("id"));
    // Omitted members stay unchanged.
    const kept = keep(id, { ...rulesets.get(id), ...(await readJson(context)) });
    return reply(context, "repos/update-repo-ruleset", 200, kept);
  });

  routes.delete(`${RULESETS}/:id`, (context) => {
    rulesets.delete(idOf(context.req.param("id")));
    return context.body(null, 204);
  });

  return routes;
}

function parse(body: unknown): z.infer<typeof ruleset> {
  const { data, error } = ruleset.safeParse(body);
  if (data) return data;
  throw new ApiError(
    422,
    "Validation Failed",
    error.issues.map(({ path, message }) => ({
      resource: "RepositoryRuleset",
      code: "invalid",
      field: path.join("."),
      message,
    })),
  );
}
