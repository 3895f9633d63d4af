import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { AwsError } from "./aws-error";
import type { AwsContext, Credentials } from "./aws-context";
import type { RequiredPermission } from "./permissions";

/** Where the emulator's launcher answers what IAM says about a request that the emulator does not answer. */
const PATH = "/_rehearsal/authorization";

const answer = z.union([
  z.object({ caller: z.string() }),
  z.object({ refusal: z.object({ code: z.string(), status: z.number(), message: z.string() }) }),
]);

/** IAM for what is answered here: the emulator knows the keys and the policies, so it decides. */
export class Authorization {
  constructor(private readonly aws: AwsContext) {}

  /**
   * Who has signed a request, if its signature is right and its signer has all the permissions: the ARN of a
   * user, of a role's session, or of the account's root.
   * @param body the request's body as it arrived, because it is signed too
   * @throws AwsError as the services refuse: AccessDeniedException, UnrecognizedClientException ...
   */
  async authorize(
    request: IncomingMessage,
    body: Buffer,
    permissions: readonly RequiredPermission[],
  ): Promise<string> {
    const { method, url, rawHeaders } = request;
    // A flat list of names and values: repeated headers are signed together.
    const headers = rawHeaders.flatMap((name, index) =>
      index % 2 === 0 ? [[name, rawHeaders[index + 1]]] : [],
    );
    return this.decide({ request: { method, url, headers, body: body.toString("base64") } }, permissions);
  }

  /**
   * Checks that the role a service acts as has all the permissions.
   * @param credentials of a session that the service has got from the emulator
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

  /** The emulator has a root for every account number; what is answered here belongs to one account. */
  private checkAccount(caller: string, permissions: readonly RequiredPermission[]): void {
    if (caller.split(":")[4] === this.aws.account) return;
    const { action, resource } = permissions[0]!;
    const reason = `because no resource-based policy allows the ${action} action`;
    const message = `User: ${caller} is not authorized to perform: ${action} on resource: ${resource} ${reason}`;
    throw new AwsError("AccessDeniedException", message);
  }
}
