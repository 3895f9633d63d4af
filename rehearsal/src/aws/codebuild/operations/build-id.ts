/** Returns the ID of a build, given its ID or its ARN `arn:aws:codebuild:REGION:ACCOUNT:build/PROJECT:UUID`. */
export function buildId(idOrArn: string): string {
  return idOrArn.startsWith("arn:") ? idOrArn.slice(idOrArn.indexOf("/") + 1) : idOrArn;
}
