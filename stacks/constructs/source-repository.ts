import { SsmParameter } from "@cdktf/provider-aws/lib/ssm-parameter";
import { Construct } from "constructs";
import { acceptFindings } from "./accepted-findings";
import type { RepositoryIdentity } from "../../invocation";

/** A repository as GitHub's identity tokens name it. */
export interface TokenRepository {
  /** `OWNER/REPO` as GitHub spells it: IAM compares upper and lower case. */
  readonly name: string;
  /** `OWNER@<ownerId>/REPO@<repoId>` */
  readonly immutableName: string;
  readonly id: string;
}

export interface SourceRepositoryProps {
  readonly parameterName: string;
  /** The identity that GitHub reports; undefined if GitHub was not asked. */
  readonly identity: RepositoryIdentity | undefined;
}

/** No repository has these names: an owner's name cannot begin with a hyphen. The plan shows what to do. */
const UNKNOWN: RepositoryIdentity = { owner: "-run-npm-run-bootstrap", ownerId: "0", name: "-", id: "0" };

/** The repository's names and ids, which bootstrap reads from GitHub and keeps in an SSM parameter. */
export class SourceRepository extends Construct implements TokenRepository {
  readonly name: string;
  readonly immutableName: string;
  readonly id: string;

  constructor(scope: Construct, id: string, { parameterName, identity }: SourceRepositoryProps) {
    super(scope, id);
    const parameter = new SsmParameter(this, "identity", {
      name: parameterName,
      description: "GitHub's names and ids of the repository, read by npm run bootstrap",
      type: "String",
      value: JSON.stringify(identity ?? UNKNOWN),
      // Only bootstrap asks GitHub, and writes the answer: a plan made without it keeps what is there.
      lifecycle: { ignoreChanges: ["value"] },
    });
    acceptFindings(parameter, { CKV2_AWS_34: "GitHub shows these names and ids to everybody." });
    // The provider treats every parameter as sensitive, and the plan of the role has to be readable.
    const kept = (key: keyof RepositoryIdentity) =>
      `\${nonsensitive(jsondecode(${parameter.fqn}.value).${key})}`;
    this.name = `${kept("owner")}/${kept("name")}`;
    this.immutableName = `${kept("owner")}@${kept("ownerId")}/${kept("name")}@${kept("id")}`;
    this.id = kept("id");
  }
}
