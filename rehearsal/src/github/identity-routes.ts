import { randomBytes } from "node:crypto";
import { Hono } from "hono";
import { z } from "zod";
import { isAuthorized } from "./authentication";
import { ISSUER, IdentityTokens } from "./identity-tokens";
import { ApiError } from "./api-error";
import { representRepository } from "./representation";
import type { JobTokens } from "./job-tokens";
import type { Repository } from "./repository";
import { readJson } from "./request";
import type { Addresses } from "./user";
import { claimsOf, runInput, type WorkflowRun } from "./workflow-run";

/** Where the issuer of identity tokens publishes its keys, under the stand-in's address. */
export const ISSUER_PATH = "/_actions";

/** Runs that are kept: each test needs one or two. */
const RUNS = 100;

/**
 * Issues the identities of workflow runs. A request to `/_rehearsal/workflow-runs`, with the repository's token, creates
 * a run and returns the variables of its job; with those the job gets its tokens, as on GitHub.
 */
export function identityRoutes(
  repository: Repository,
  addresses: Addresses,
  token: () => string,
  jobTokens: JobTokens,
): Hono {
  const routes = new Hono();
  const tokens = new IdentityTokens();
  const runs = new Map<string, WorkflowRun>();
  const issuer = `${addresses.site}${ISSUER_PATH}`;

  routes.get(`${ISSUER_PATH}/.well-known/openid-configuration`, (context) =>
    context.json({
      issuer: ISSUER,
      jwks_uri: `${issuer}/.well-known/jwks`,
      subject_types_supported: ["public", "pairwise"],
      response_types_supported: ["id_token"],
      id_token_signing_alg_values_supported: ["RS256"],
      scopes_supported: ["openid"],
    }),
  );

  routes.get(`${ISSUER_PATH}/.well-known/jwks`, (context) => context.json(tokens.jwks()));

  routes.post("/_rehearsal/workflow-runs", async (context) => {
    if (!isAuthorized(context.req.header("authorization"), token())) {
      throw new ApiError(401, "Bad credentials");
    }
    const { data, error } = runInput.safeParse(await readJson(context));
    if (error) throw new ApiError(422, `Invalid request. ${z.prettifyError(error)}`);
    const run = { ...data, repository: data.repository ?? identify(repository, addresses) };
    // Whatever the workflow says, runs of forks have no write permissions, and id-token: write is one:
    // https://docs.github.com/en/actions/reference/security/secure-use
    // A workflow of this repository that such a run triggers can have it.
    if (run.fork && run.event === "pull_request") return context.json({}, 201);
    const requestToken = randomBytes(24).toString("base64url");
    runs.set(requestToken, run);
    if (runs.size > RUNS) runs.delete(runs.keys().next().value!);
    const permissions = data.permissions ?? { "id-token": "write" };
    const variables = data.permissions && { GITHUB_TOKEN: jobTokens.issue(data.permissions) };
    if (permissions["id-token"] !== "write") return context.json({ ...variables }, 201);
    return context.json(
      {
        ...variables,
        ACTIONS_ID_TOKEN_REQUEST_URL: `${issuer}/token?api-version=2.0`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
      },
      201,
    );
  });

  routes.get(`${ISSUER_PATH}/token`, (context) => {
    const [, requestToken = ""] = /^bearer (\S+)$/i.exec(context.req.header("authorization") ?? "") ?? [];
    const run = runs.get(requestToken);
    if (!run) throw new ApiError(401, "Bad credentials");
    const site = `https://github.com/${run.repository.owner}`;
    return context.json({ value: tokens.sign(claimsOf(run, context.req.query("audience") ?? site)) });
  });

  return routes;
}

function identify(repository: Repository, addresses: Addresses): WorkflowRun["repository"] {
  const { id, owner } = representRepository(repository, addresses);
  return { owner: repository.owner, ownerId: owner.id, name: repository.name, id };
}
