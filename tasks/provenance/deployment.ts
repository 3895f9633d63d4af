import { z } from "zod";

const deployment = z.object({
  /** When it was deployed, ISO 8601. */
  at: z.string(),
  /** The id of the build of DeployOnProd. */
  build: z.string(),
});

/** That a build was deployed to production. */
export type Deployment = Readonly<z.infer<typeof deployment>>;

/** Reads what `JSON.stringify` has made of a deployment. @throws Error */
export function readDeployment(text: string): Deployment {
  return deployment.parse(JSON.parse(text));
}
