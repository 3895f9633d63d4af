import { Hono } from "hono";
import { z } from "zod";
import { notFound, Refusal } from "./refusal";
import { nodeId } from "./representation";
import type { Repository } from "./repository";
import { readJson } from "./request";

const RULESETS = "/repos/:owner/:repository/rulesets";

const ruleset = z.looseObject({
  name: z.string().min(1),
  enforcement: z.enum(["disabled", "active", "evaluate"]),
});

/** The repository's rulesets: kept and shown, not enforced on a push. */
export function rulesetRoutes(repository: Repository): Hono {
  const routes = new Hono();
  const rulesets = new Map<number, Record<string, unknown>>();
  let lastId = 0;

  const keep = (id: number, body: unknown) => {
    const now = new Date().toISOString();
    const kept = {
      target: "branch",
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

  routes.get(RULESETS, (context) => context.json([...rulesets.values()]));

  routes.post(RULESETS, async (context) => {
    const body = await readJson(context);
    return context.json(keep(++lastId, body), 201);
  });

  routes.get(`${RULESETS}/:id`, (context) => context.json(rulesets.get(idOf(context.req.param("id")))));

  routes.put(`${RULESETS}/:id`, async (context) => {
    const id = idOf(context.req.param("id"));
    // What a request leaves out stays as it was.
    return context.json(keep(id, { ...rulesets.get(id), ...(await readJson(context)) }));
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
  throw new Refusal(
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
