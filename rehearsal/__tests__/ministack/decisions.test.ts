import { CreatePolicyCommand, IAMClient, PutRolePermissionsBoundaryCommand } from "@aws-sdk/client-iam";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { rootCredentials } from "../../src/ministack/emulator";
import {
  ACCOUNT,
  decision,
  REGION,
  sessionOf,
  testEmulator,
  WORKAROUNDS,
  type TestEmulator,
} from "./fixture";

let emulator: TestEmulator;
/** The same without any workaround: shows that the gap is still there. */
let bare: TestEmulator;

beforeAll(async () => {
  [emulator, bare] = await Promise.all([testEmulator(), testEmulator(WORKAROUNDS)]);
}, 120_000);
afterAll(() => Promise.all([emulator.remove(), bare.remove()]));

const parameter = `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/limited`;

/** What becomes of a request that the role's own policy allows and its boundary does not. */
async function beyondBoundary(on: TestEmulator): Promise<string> {
  const session = await sessionOf(on, "limited", [{ Effect: "Allow", Action: "ssm:*", Resource: "*" }]);
  const iam = new IAMClient(on.client());
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action: "s3:*", Resource: "*" },
  });
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: "s3-only", PolicyDocument }));
  const PermissionsBoundary = Policy!.Arn!;
  await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: "limited", PermissionsBoundary }));
  return decision(new SSMClient(on.client(session)).send(new GetParameterCommand({ Name: "/limited" })));
}

describe("a decision of IAM", () => {
  it("names the kind of policy that denied, where ministack itself always names the role's own", async () => {
    expect(await beyondBoundary(emulator)).toMatch(
      /on resource: .*parameter\/limited because no permissions boundary allows the ssm:GetParameter action$/,
    );
    expect(await beyondBoundary(bare)).toMatch(/because no identity-based policy allows/);
  });

  it("is counted by role, action, resource and outcome, for every service", async () => {
    const session = await sessionOf(emulator, "reader", [
      { Effect: "Allow", Action: "ssm:GetParameter", Resource: parameter },
    ]);
    const parameters = new SSMClient(emulator.client());
    await parameters.send(new PutParameterCommand({ Name: "/limited", Value: "1", Type: "String" }));
    const reader = new SSMClient(emulator.client(session));
    const twice = [1, 2].map(() => reader.send(new GetParameterCommand({ Name: "/limited" })));
    await Promise.all(twice);
    await decision(reader.send(new GetParameterCommand({ Name: "/other" })));

    const other = parameter.replace("limited", "other");
    const principal = `arn:aws:iam::${ACCOUNT}:role/reader`;
    const kept = (await emulator.decisions()).filter((one) => one.principal === principal);
    expect(kept).toEqual([
      { principal, action: "ssm:GetParameter", resource: parameter, allowed: true, count: 2 },
      { principal, action: "ssm:GetParameter", resource: other, allowed: false, count: 1 },
    ]);
  });

  it("is not recorded in ministack itself, nor made for what it does not answer", async () => {
    await expect(bare.decisions()).rejects.toThrow();
    const ask = (on: TestEmulator) =>
      fetch(`${on.url}/_rehearsal/authorization`, {
        method: "POST",
        headers: { Authorization: `Bearer ${rootCredentials(ACCOUNT).secretAccessKey}` },
        body: JSON.stringify({
          accessKeyId: ACCOUNT,
          region: REGION,
          permissions: [{ action: "codepipeline:GetPipeline", resource: "*" }],
        }),
      });
    expect((await ask(bare)).ok).toBe(false);
    const answer = await ask(emulator);
    expect(await answer.json()).toEqual({ caller: `arn:aws:iam::${ACCOUNT}:root` });
  });
});
