import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { AwsError } from "./aws-error";
import type { AwsContext, Credentials } from "./aws-context";
import type { RequiredPermission } from "./permissions";

/** The path where the emulator authorizes requests that it does not answer itself. */
const PATH = "/_rehearsal/authorization";

const answer = z.union([
  z.object({ caller: z.string() }),
  z.object({ refusal: z.object({ code: z.string(), status: z.number(), message: z.string() }) }),
]);

/** IAM for the services that are answered here. The emulator has the keys and policies, so it decides. */
export class Authorization {
  constructor(private readonly aws: AwsContext) {}

  /**
   * Verifies a request's signature and the permissions of its signer, and returns the signer's ARN: a user, a role
   * session or the account's root.
   * @param body the body as received, because the signature covers it
   * @throws AwsError as the services do: AccessDeniedException, UnrecognizedClientException …
   */
  async authorize(
    request: IncomingMessage,
    body: Buffer,
    permissions: readonly RequiredPermission[],
  ): Promise<string> {
    const { method, url, rawHeaders } = request;
    // Raw headers are a flat list of names and values. Repeated headers are signed together.
    const headers = rawHeaders.flatMap((name, index) =>
      index % 2 === 0 ? [[name, rawHeaders[index + 1]]] : [],
    );
    return this.decide({ request: { method, url, headers, body: body.toString("base64") } }, permissions);
  }

  /**
   * Checks that the role that a service has assumed has the permissions.
   * @param credentials of the service's session
   * @throws AwsError AccessDeniedException
   */
  async check(credentials: Credentials, permissions: readonly RequiredPermission[]): Promise<void> {
    const { accessKeyId } = credentials;
    await this.decide({ accessKeyId, region: this.aws.region }, permissions);
  }

  private async decide(who: object, permissions: readonly RequiredPermission[]): Promise<string> {
    const response = await this.ask({ ...who, permissions });
    if (!response.ok) throw new Error(`The emulator answered ${response.status} to ${PATH}.`);
    const decision = answer.parse(await response.json());
    if ("refusal" in decision) {
      const { code, status, message } = decision.refusal;
      throw new AwsError(code, message, status);
    }
    this.checkAccount(decision.caller, permissions);
    return decision.caller;
  }

  private async ask(question: object): Promise<Response> {
    try {
      return await fetch(`${this.aws.emulator}${PATH}`, {
        method: "POST",
        headers: { Authorization: `Bearer ${this.aws.root.secretAccessKey}` },
        body: JSON.stringify(question),
      });
    } catch {
      const message = `The emulator does not answer; see ${this.aws.emulatorLog}.`;
      throw new AwsError("ServiceUnavailableException", message, 503);
    }
  }

  /** The emulator accepts the root of any account; the services here belong to one. */
  private checkAccount(caller: string, permissions: readonly RequiredPermission[]): void {
    if (caller.split(":")[4] === this.aws.account) return;
    const { action, resource } = permissions[0]!;
    const reason = `because no resource-based policy allows the ${action} action`;
    const message = `User: ${caller} is not authorized to perform: ${action} on resource: ${resource} ${reason}`;
    throw new AwsError("AccessDeniedException", message);
  }
}
