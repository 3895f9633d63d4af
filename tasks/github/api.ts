/** Milliseconds until a request times out. */
const TIMEOUT = 30_000;

/** GitHub's REST API, authenticated with a token; an empty one reads public repositories. */
export class GitHubApi {
  private readonly rest: URL;

  /** @param site of GitHub Enterprise Server, as the Terraform provider takes it: its API is under a path */
  constructor(
    private readonly token: string,
    site = process.env.GITHUB_BASE_URL,
  ) {
    this.rest = site ? new URL("api/v3/", site) : new URL("https://api.github.com/");
  }

  /** Sends a request. @throws where GitHub cannot be reached; an error status is returned */
  async request(
    path: string,
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" = "GET",
    body?: object,
  ): Promise<Response> {
    try {
      return await fetch(new URL(path, this.rest), {
        method,
        ...(body !== undefined && { body: JSON.stringify(body) }),
        headers: {
          accept: "application/vnd.github+json",
          ...(this.token !== "" && { authorization: `Bearer ${this.token}` }),
        },
        signal: AbortSignal.timeout(TIMEOUT),
      });
    } catch (error) {
      const { message, cause } = error as Error;
      const reason = cause instanceof Error ? cause.message : message;
      throw new Error(
        `GitHub does not answer at ${this.rest.origin} (${reason}). ` +
          "Check the network, and GITHUB_BASE_URL if it is set; then run this again.",
      );
    }
  }
}
