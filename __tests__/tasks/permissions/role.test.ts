import { IAMClient } from "@aws-sdk/client-iam";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { callerLocation, comparePermissions, listed, summary } from "../../../tasks/permissions/compare";
import { readPolicy } from "../../../tasks/permissions/policy";
import { deployedRole, synthesizedRoles, addedToRole, type Role } from "../../../tasks/permissions/role";
import { stackFolder } from "../../../tasks/terraform/synth-output";
import { awsOfThisProcess, type AwsStandIn, type Call, type Reply } from "../aws-stand-in";

const at = { partition: "aws-cn", region: "cn-north-1", accountId: "123456789012" };
const document = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const allow = (Action: string, Resource = "*") => ({ Effect: "Allow", Action, Resource });
const trust = (Service: string) => ({ Effect: "Allow", Principal: { Service }, Action: "sts:AssumeRole" });

let aws: AwsStandIn;
let root: string;

beforeEach(async () => {
  aws = await awsOfThisProcess();
  root = mkdtempSync(join(tmpdir(), "roles-"));
});
afterEach(() => {
  aws.stop();
  rmSync(root, { recursive: true });
});

/** Writes a stack with these resources. */
function stack(id: string, resource: object): void {
  mkdirSync(stackFolder(id, root), { recursive: true });
  writeFileSync(join(stackFolder(id, root), "cdk.tf.json"), JSON.stringify({ resource }));
}

const noSuchRole: Reply = {
  status: 404,
  body: "<ErrorResponse><Error><Code>NoSuchEntity</Code></Error></ErrorResponse>",
};

/** Answers for one role, whose policies come in pages. */
function role(name: string, policies: Record<string, string>, boundary?: string) {
  const names = Object.keys(policies);
  return ({ operation, input }: Call): Reply => {
    if (input.RoleName !== name) return noSuchRole;
    const page = Number(input.Marker ?? 0);
    const results: Record<string, string> = {
      GetRole: `<Role><RoleName>${name}</RoleName>
        <AssumeRolePolicyDocument>${encodeURIComponent(document(trust("a")))}</AssumeRolePolicyDocument>
        ${boundary ? `<PermissionsBoundary><PermissionsBoundaryArn>${boundary}</PermissionsBoundaryArn></PermissionsBoundary>` : ""}</Role>`,
      ListRolePolicies: `<PolicyNames><member>${names[page]}</member></PolicyNames>
        <IsTruncated>${page + 1 < names.length}</IsTruncated>
        ${page + 1 < names.length ? `<Marker>${page + 1}</Marker>` : ""}`,
      GetRolePolicy: `<PolicyDocument>${encodeURIComponent(policies[String(input.PolicyName)] ?? "")}</PolicyDocument>`,
    };
    return {
      body: `<${operation}Response><${operation}Result>${results[operation]}</${operation}Result></${operation}Response>`,
    };
  };
}

describe("the roles of a synthesized stack", () => {
  it("have the account, region and partition that Terraform would insert", () => {
    const where =
      "arn:${data.aws_partition.p.partition}:s3:${data.aws_region.r.name}:${data.aws_caller_identity.c.account_id}:x";
    const placed = "arn:aws-cn:s3:cn-north-1:123456789012:x";
    stack("pipeline", {
      aws_s3_bucket: { other: { bucket: "other" } },
      // It names the role and has a policy, and is none of the role's own.
      aws_sns_topic_policy: { other: { role: "${aws_iam_role.one.name}", policy: document(allow("sns:*")) } },
      aws_iam_role: {
        one: {
          name: "one",
          assume_role_policy: document({ ...trust("a"), Condition: { ArnLike: { k: `${where}${where}` } } }),
          permissions_boundary: where,
        },
        two: { name: "two", assume_role_policy: document(trust("b")) },
      },
      aws_iam_role_policy: {
        first: { role: "${aws_iam_role.one.name}", policy: document(allow("s3:a", where)) },
        second: { role: "${aws_iam_role.one.name}", policy: document(allow("s3:b", `${where}/${where}`)) },
        // The name of one role is the beginning of another's.
        other: { role: "${aws_iam_role.one_more.name}", policy: document(allow("s3:c")) },
      },
    });
    expect(synthesizedRoles("pipeline", at, root)).toEqual([
      {
        name: "one",
        trust: readPolicy(document({ ...trust("a"), Condition: { ArnLike: { k: placed + placed } } })),
        boundary: placed,
        permissions: readPolicy(document(allow("s3:a", placed), allow("s3:b", `${placed}/${placed}`))),
      },
      { name: "two", trust: readPolicy(document(trust("b"))), boundary: undefined, permissions: [] },
    ]);
  });
});

describe("a deployed role", () => {
  it("has the permissions of all its policies, on every page of the list", async () => {
    aws.answer = role("one", { a: document(allow("s3:a")), b: document(allow("s3:b")) }, "arn:boundary");
    await expect(deployedRole(new IAMClient(), "one")).resolves.toEqual({
      name: "one",
      trust: readPolicy(document(trust("a"))),
      boundary: "arn:boundary",
      permissions: readPolicy(document(allow("s3:a"), allow("s3:b"))),
    });
  });

  it("has no permissions without a policy, and is an error without a document", async () => {
    const withPolicy = role("one", { a: document(allow("s3:a")) });
    const without =
      (left: string) =>
      (call: Call): Reply =>
        call.operation === left
          ? {
              body: `<${left}Response><${left}Result><Role><RoleName>one</RoleName></Role></${left}Result></${left}Response>`,
            }
          : withPolicy(call);
    aws.answer = without("ListRolePolicies");
    await expect(deployedRole(new IAMClient(), "one")).resolves.toMatchObject({ permissions: [] });
    for (const left of ["GetRole", "GetRolePolicy"]) {
      aws.answer = without(left);
      await expect(deployedRole(new IAMClient(), "one")).rejects.toThrow(/JSON/);
    }
  });

  it("is undefined if it does not exist, and an error if IAM refuses", async () => {
    aws.answer = role("one", { a: document() });
    await expect(deployedRole(new IAMClient(), "two")).resolves.toBeUndefined();
    await expect(deployedRole(new IAMClient(), "one")).resolves.toMatchObject({ boundary: undefined });
    aws.answer = () => ({
      status: 403,
      body: "<ErrorResponse><Error><Code>AccessDenied</Code><Message>denied</Message></Error></ErrorResponse>",
    });
    await expect(deployedRole(new IAMClient(), "one")).rejects.toThrow("denied");
  });
});

describe("the permissions added to a role", () => {
  const some: Role = {
    name: "one",
    trust: readPolicy(document(trust("a"))),
    permissions: readPolicy(document(allow("s3:a"), { Effect: "Deny", Action: "s3:d", Resource: "*" })),
    boundary: "b",
  };

  it("are listed with the name of the role", () => {
    expect(addedToRole(some, some)).toEqual([]);
    expect(addedToRole({ ...some, boundary: undefined }, some)).toEqual([
      "one: permissions boundary none instead of b",
    ]);
    expect(addedToRole(some, { ...some, boundary: undefined })).toEqual([
      "one: permissions boundary b instead of none",
    ]);
    expect(addedToRole({ ...some, permissions: some.permissions.slice(0, 1) }, some)).toEqual([
      "one: no longer denied s3:d on *",
    ]);
    expect(addedToRole({ ...some, trust: readPolicy(document(trust("b"))) }, some)).toEqual([
      "one: trust policy: sts:AssumeRole by b",
    ]);
  });

  it("include all permissions of a new role, and not its boundary", () => {
    expect(addedToRole(some, undefined)).toEqual([
      "one (new): s3:a on *",
      "one (new): trust policy: sts:AssumeRole by a",
    ]);
  });
});

describe("comparePermissions", () => {
  const roles = (...names: string[]) => ({
    aws_iam_role: Object.fromEntries(
      names.map((name) => [name, { name, assume_role_policy: document(trust("a")) }]),
    ),
    aws_iam_role_policy: Object.fromEntries(
      names.map((name) => [
        name,
        { role: `\${aws_iam_role.${name}.name}`, policy: document(allow(`s3:${name}`)) },
      ]),
    ),
  });

  it("lists the roles of a stack with a deployed role, and skips a stack without one", async () => {
    stack("pipeline", roles("one", "new"));
    stack("service-dev", roles("later"));
    stack("service-prod", roles("last"));
    const [one, last] = [role("one", { a: document(allow("s3:one")) }), role("last", { a: document() })];
    aws.answer = (call) => (call.input.RoleName === "last" ? last(call) : one(call));
    const stacks = ["pipeline", "service-dev", "service-prod"];
    await expect(comparePermissions(new IAMClient(), at, stacks, root)).resolves.toEqual([
      "new (new): s3:new on *",
      "new (new): trust policy: sts:AssumeRole by a",
      "last: s3:last on *",
    ]);
  });
});

describe("the summary", () => {
  it("has at most 800 characters of whole lines, and counts the rest", () => {
    const line = "x".repeat(399);
    // With "; " between them two lines have 800 characters.
    expect(summary([line, line])).toBe(`${line}; ${line}`);
    expect(summary([line, `${line}y`])).toBe(`${line}; 1 more in the log of CheckBuild`);
    expect(summary([line, line, "z", "z"])).toBe(`${line}; ${line}; 2 more in the log of CheckBuild`);
    expect(summary(["x".repeat(801)])).toBe("1 more in the log of CheckBuild");
    expect(summary(["x".repeat(800)])).toBe("x".repeat(800));
  });

  it("leaves out every line after one that does not fit", () => {
    expect(summary(["x".repeat(801), "short"])).toBe("2 more in the log of CheckBuild");
  });
});

it("callerLocation returns the account, partition and region of the caller", async () => {
  aws.answer = () => ({
    body: `<GetCallerIdentityResponse><GetCallerIdentityResult>
      <Arn>arn:aws-us-gov:sts::210987654321:assumed-role/build/session</Arn>
    </GetCallerIdentityResult></GetCallerIdentityResponse>`,
  });
  await expect(callerLocation()).resolves.toEqual({
    partition: "aws-us-gov",
    accountId: "210987654321",
    region: "eu-west-1",
  });
});

it("callerLocation returns no account if AWS names no caller", async () => {
  aws.answer = () => ({ body: "<GetCallerIdentityResponse></GetCallerIdentityResponse>" });
  await expect(callerLocation()).resolves.toEqual({ partition: "", accountId: "", region: "eu-west-1" });
});

it("the log escapes invisible characters of a commit", () => {
  expect(listed(["one: s3:* on a\u202e", "one: s3:* on b\n"])).toEqual([
    String.raw`Added: one: s3:* on a\u202e`,
    String.raw`Added: one: s3:* on b\u000a`,
  ]);
});
