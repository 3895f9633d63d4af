/** The id in `arn:aws:codebuild:REGION:ACCOUNT:build/PROJECT:UUID`, or the id itself: operations take both. */
export function buildId(idOrArn: string): string {
  return idOrArn.startsWith("arn:") ? idOrArn.slice(idOrArn.indexOf("/") + 1) : idOrArn;
}
