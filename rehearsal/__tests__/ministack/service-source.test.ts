import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { ACCOUNT, decision, REGION, sessionOf, testEmulator, type TestEmulator } from "./fixture";

let emulator: TestEmulator;
/** The same without the workaround: shows that the gap is still there. */
let bare: TestEmulator;

beforeAll(async () => {
  [emulator, bare] = await Promise.all([testEmulator(), testEmulator(["service-source"])]);
}, 120_000);
afterAll(() => Promise.all([emulator.remove(), bare.remove()]));

const pipeline = `arn:aws:codepipeline:${REGION}:${ACCOUNT}:hw-pipeline`;

/** A role that CodePipeline may take, and the account so that the emulator lets it, under a condition. */
async function role(on: TestEmulator, RoleName: string, Condition?: object): Promise<string> {
  const Principal = { Service: "codepipeline.amazonaws.com", AWS: `arn:aws:iam::${ACCOUNT}:root` };
  const Statement = { Effect: "Allow", Action: "sts:AssumeRole", Principal, Condition };
  const { Role } = await new IAMClient(on.client()).send(
    new CreateRoleCommand({
      RoleName,
      AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }),
    }),
  );
  return Role!.Arn!;
}

async function assume(
  on: TestEmulator,
  RoleArn: string,
  source?: string,
  client = new STSClient(on.client()),
): Promise<string> {
  return decision(
    client.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "test", ExternalId: source })),
  );
}

const forAccount = { StringEquals: { "aws:SourceAccount": ACCOUNT } };
const forPipeline = { ArnEquals: { "aws:SourceArn": pipeline } };

describe("the source of a call between services", () => {
  it("lets a service assume a role for one resource only for that resource", async () => {
    const arn = await role(emulator, "for-pipeline", { ...forAccount, ...forPipeline });
    expect(await assume(emulator, arn, pipeline)).toBe("allowed");
    expect(await assume(emulator, arn, `${pipeline}-2`)).toMatch(/not authorized to perform: sts:AssumeRole/);
    const foreign = pipeline.replace(ACCOUNT, "999988887777");
    expect(await assume(emulator, arn, foreign)).toMatch(/sts:AssumeRole/);
    expect(await assume(emulator, arn)).toMatch(/sts:AssumeRole/);
    expect(await assume(emulator, arn, "no ARN")).toMatch(/sts:AssumeRole/);
  });

  it("lets a service assume a role for an account for its resources", async () => {
    const arn = await role(emulator, "for-account", forAccount);
    expect(await assume(emulator, arn, pipeline)).toBe("allowed");
    expect(await assume(emulator, arn, pipeline.replace(ACCOUNT, "999988887777"))).toMatch(/sts:AssumeRole/);
  });

  it("is matched with patterns", async () => {
    const pattern = `arn:aws:codepipeline:${REGION}:${ACCOUNT}:hw-*`;
    const arn = await role(emulator, "for-pattern", { ArnLike: { "aws:SourceArn": pattern } });
    expect(await assume(emulator, arn, pipeline)).toBe("allowed");
    expect(await assume(emulator, arn, pipeline.replace("hw-", "other-"))).toMatch(/sts:AssumeRole/);
  });

  it("does not matter for a role without a condition on it", async () => {
    const arn = await role(emulator, "for-anything");
    expect(await assume(emulator, arn, pipeline)).toBe("allowed");
    expect(await assume(emulator, arn)).toBe("allowed");
  });

  it("is independent of an external id", async () => {
    const arn = await role(emulator, "for-stranger", { StringEquals: { "sts:ExternalId": "a-secret" } });
    expect(await assume(emulator, arn, "a-secret")).toBe("allowed");
    expect(await assume(emulator, arn, "another")).toMatch(/sts:AssumeRole/);
  });

  it("is accepted only from the rehearsal's services, not from a role", async () => {
    const arn = await role(emulator, "not-for-sessions", forPipeline);
    const session = await sessionOf(emulator, "curious", [
      { Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" },
    ]);
    expect(await assume(emulator, arn, pipeline, new STSClient(emulator.client(session)))).toMatch(
      /sts:AssumeRole/,
    );
  });

  it("is ignored by ministack itself", async () => {
    const arn = await role(bare, "for-pipeline", { ...forAccount, ...forPipeline });
    expect(await assume(bare, arn, pipeline)).toMatch(/not authorized to perform: sts:AssumeRole/);
    expect(await assume(bare, await role(bare, "for-anything"), pipeline)).toBe("allowed");
  });
});
