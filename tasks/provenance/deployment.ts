import { z } from "zod";

const deployment = z.object({
  /** When it was deployed, ISO 8601. */
  at: z.string(),
  /** The id of the build of DeployOnProd. */
  build: z.string(),
});

/** A deployment of a build to production. */
export type Deployment = Readonly<z.infer<typeof deployment>>;

/** Parses a deployment. @throws Error */
export function readDeployment(text: string): Deployment {
  return deployment.parse(JSON.parse(text));
}
