import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { Credentials } from "../../../rehearsal/src/aws/aws-context";
import { policy, role, type Config, type Deployed } from "./attempt";
import { attempts, beyondBoundary } from "./attempts";
import { notDenied, simulated } from "./outcome";

/** A deployed pipeline, and the credentials of its roles. */
export interface Footing {
  /** The configuration of clients of the account's root user. */
  readonly client: Config;
  /** Credentials by name of the role, without the prefix `hw-`. */
  readonly sessions: ReadonlyMap<string, Credentials>;
  readonly values: Deployed;
}

/** Tests what a step gains by changing the roles that it is allowed to change. */
export function footholds(of: () => Footing): void {
  describe("a step that changes a role that it is allowed to change", () => {
    const document = (statement: object) => JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    const PolicyDocument = document({ Effect: "Allow", Action: "*", Resource: "*" });
    const as = (name: string) => new IAMClient({ ...of().client, credentials: of().sessions.get(name)! });

    it("gets no access beyond the stack's names with SelfUpdate's own role", async () => {
      const mine = { RoleName: "hw-pipeline-SelfUpdate", PolicyName: "rights", PolicyDocument };
      await as("pipeline-SelfUpdate").send(new PutRolePolicyCommand(mine));
      expect(beyondBoundary.length).toBeGreaterThan(60);
      expect(
        await notDenied(
          beyondBoundary,
          { ...of().client, credentials: of().sessions.get("pipeline-SelfUpdate")! },
          of().values,
        ),
      ).toEqual([]);
      const iam = new IAMClient(of().client);
      for (const { name, permission } of beyondBoundary)
        expect([name, await simulated(iam, "pipeline-SelfUpdate", permission)]).not.toContain("allowed");
    });

    it.each([
      ["dev", "DeployOnDev"],
      ["prod", "DeployOnProd"],
    ])("gets no access to documents with a function's role of %s", async (environment, step) => {
      const RoleName = `hw-${environment}-api`;
      const iam = as(`pipeline-${step}`);
      await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "rights", PolicyDocument }));
      const trust = document({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: "*" } });
      await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust }));
      const { Credentials: issued } = await new STSClient(of().client).send(
        new AssumeRoleCommand({ RoleArn: role(RoleName), RoleSessionName: "elsewhere" }),
      );
      const credentials = {
        accessKeyId: issued!.AccessKeyId!,
        secretAccessKey: issued!.SecretAccessKey!,
        sessionToken: issued!.SessionToken!,
      };
      const documents = attempts.filter(({ name }) => /^(read|write|remove) a document of /.test(name));
      expect(documents.length).toBeGreaterThan(10);
      expect(
        await notDenied([...documents, ...beyondBoundary], { ...of().client, credentials }, of().values),
      ).toEqual([]);
      // The function itself has access to the documents of its own environment, and of no other.
      const reached = documents.filter(({ permission }) => permission.context?.["lambda:SourceFunctionArn"]);
      for (const { name, permission } of reached) {
        const own = permission.context!["lambda:SourceFunctionArn"]!.endsWith(`:hw-${environment}-api`);
        const isOwn = own && permission.resource.includes(`-${environment}/`);
        const decision = await simulated(new IAMClient(of().client), `${environment}-api`, permission);
        expect([name, decision === "allowed"]).toEqual([name, isOwn]);
      }
    });
  });

  it("allows approvers to approve, to read the pipeline, and nothing else", async () => {
    const iam = new IAMClient(of().client);
    const RoleName = "hw-reviewers";
    const trust = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: "*" } };
    const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: policy("hw-approvers") }));
    const allowed: string[] = [];
    for (const { name, permission } of attempts)
      if ((await simulated(iam, "reviewers", permission)) === "allowed") allowed.push(name);
    expect(allowed).toEqual(["approve", "confirm added permissions", "read the pipeline"]);
  });
}
