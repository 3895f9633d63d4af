import type { PingEvent } from "@octokit/webhooks-types";
import { Hono, type Context } from "hono";
import type { Deliveries, Delivery } from "./delivery";
import { reply, type Schemas } from "./described";
import { representHook, type Hook, type Hooks } from "./hooks";
import { notFound } from "./api-error";
import { representRepository } from "./representation";
import type { Repository } from "./repository";
import { readJson } from "./request";
import { representUser, type Addresses } from "./user";

const HOOKS = "/repos/:owner/:repository/hooks";

/** The repository's webhooks and their deliveries. */
export function hookRoutes(
  repository: Repository,
  hooks: Hooks,
  deliveries: Deliveries,
  addresses: Addresses,
): Hono {
  const routes = new Hono();
  const represent = (hook: Hook) => representHook(hook, repository.fullName, addresses);

  const ping = (hook: Hook) =>
    deliveries.send(hook, "ping", {
      zen: "Practicality beats purity.",
      hook_id: hook.id,
      hook: {
        ...represent(hook),
        // GitHub refuses names of events that it does not have; nothing here asks for one.
        events: hook.events as PingEvent["hook"]["events"],
        last_response: { code: null, status: "unused", message: null },
      },
      repository: representRepository(repository, addresses),
      sender: representUser(repository.owner, addresses),
    } satisfies PingEvent);

  routes.get(HOOKS, (context) => reply(context, "repos/list-webhooks", 200, hooks.all().map(represent)));

  routes.post(HOOKS, async (context) => {
    const hook = hooks.add(await readJson(context));
    const answer = reply(context, "repos/create-webhook", 201, represent(hook));
    ping(hook);
    return answer;
  });

  routes.get(`${HOOKS}/:hook`, (context) =>
    reply(context, "repos/get-webhook", 200, represent(hookOf(context, hooks))),
  );

  routes.patch(`${HOOKS}/:hook`, async (context) => {
    const body = await readJson(context);
    return reply(context, "repos/update-webhook", 200, represent(hooks.change(hookOf(context, hooks), body)));
  });

  routes.delete(`${HOOKS}/:hook`, (context) => {
    hooks.remove(hookOf(context, hooks));
    return context.body(null, 204);
  });

  routes.post(`${HOOKS}/:hook/pings`, (context) => {
    ping(hookOf(context, hooks));
    return context.body(null, 204);
  });

  routes.get(`${HOOKS}/:hook/deliveries`, (context) => {
    const hook = hookOf(context, hooks);
    const newestFirst = deliveriesTo(hook, deliveries).reverse();
    const count = Number(context.req.query("per_page") ?? 30);
    return reply(
      context,
      "repos/list-webhook-deliveries",
      200,
      newestFirst.slice(0, count > 0 ? count : 30).map(summary),
    );
  });

  routes.get(`${HOOKS}/:hook/deliveries/:delivery`, (context) => {
    const hook = hookOf(context, hooks);
    return reply(context, "repos/get-webhook-delivery", 200, deliveryOf(context, hook, deliveries));
  });

  routes.post(`${HOOKS}/:hook/deliveries/:delivery/attempts`, (context) => {
    const hook = hookOf(context, hooks);
    deliveries.redeliver(hook, deliveryOf(context, hook, deliveries));
    return reply(context, "repos/redeliver-webhook-delivery", 202, {});
  });

  return routes;
}

function hookOf(context: Context, hooks: Hooks): Hook {
  const hook = hooks.get(Number(context.req.param("hook")));
  if (!hook) throw notFound();
  return hook;
}

function deliveryOf(context: Context, hook: Hook, deliveries: Deliveries): Delivery {
  const id = Number(context.req.param("delivery"));
  const delivery = deliveriesTo(hook, deliveries).find((one) => one.id === id);
  if (!delivery) throw notFound();
  return delivery;
}

function deliveriesTo(hook: Hook, deliveries: Deliveries): Delivery[] {
  return deliveries.all().filter((delivery) => delivery.hook_id === hook.id);
}

/** Returns a delivery as in lists: without request and response. */
function summary({
  request: _request,
  response: _response,
  hook_id: _hook,
  ...rest
}: Delivery): Schemas["hook-delivery-item"] {
  return rest;
}
