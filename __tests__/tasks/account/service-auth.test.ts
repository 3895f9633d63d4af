import { SSMClient } from "@aws-sdk/client-ssm";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chooseServiceAuth } from "../../../tasks/account/service-auth";
import { settingsWith } from "../../support/settings";
import { awsOfThisProcess, type AwsStandIn, type Reply } from "../aws-stand-in";

const missing: Reply = { status: 400, body: { __type: "ParameterNotFound" } };
let aws: AwsStandIn;
let folder: string;
let envFile: string;
let said: string[];

beforeAll(async () => (aws = await awsOfThisProcess()));
afterAll(() => aws.stop());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "service-auth-"));
  envFile = join(folder, ".env");
  writeFileSync(envFile, "hw_stack_name=hw");
  said = [];
  aws.answer = () => missing;
});
afterEach(() => rmSync(folder, { recursive: true }));

function choose(answer?: string): Promise<string | undefined> {
  const ask = answer === undefined ? undefined : () => Promise.resolve(answer);
  const say = (message: string) => void said.push(message);
  return chooseServiceAuth(new SSMClient({ maxAttempts: 1 }), settingsWith(), { ask, say, envFile });
}

describe("the question who is allowed to call the API", () => {
  it.each(["iam", "none"])("is answered once: %s is kept in .env", async (answer) => {
    expect(await choose(answer)).toBe(answer);
    expect(readFileSync(envFile, "utf8")).toBe(`hw_stack_name=hw\nservice_auth=${answer}\n`);
    expect(said.join("\n")).toMatch(/iam .*\(recommended\)\n.*none .*anyone/);
    expect(said.join("\n")).toMatch(/tokens .*service_auth=jwt\. See docs\/guides\/authorization\.md\.$/);
  });

  it.each(["", "jwt", "yes", "IAM"])("refuses the answer %j, and keeps nothing", async (answer) => {
    await expect(choose(answer)).rejects.toThrow(
      `${JSON.stringify(answer)} is neither iam nor none; nothing was created.`,
    );
    expect(readFileSync(envFile, "utf8")).toBe("hw_stack_name=hw");
  });

  it("creates no .env, and says where to set the answer instead", async () => {
    rmSync(envFile);
    expect(await choose("iam")).toBe("iam");
    expect(() => readFileSync(envFile)).toThrow("ENOENT");
    expect(said.at(-1)).toBe("Set service_auth=iam for the other commands, too.");
  });

  it("is not asked without a terminal: the API stays open, and that is said", async () => {
    expect(await choose()).toBeUndefined();
    expect(said).toEqual([expect.stringMatching(/^The API is open to anyone \(service_auth=none\)\./)]);
    expect(readFileSync(envFile, "utf8")).toBe("hw_stack_name=hw");
  });

  it("is not asked again if an earlier bootstrap has stored the answer", async () => {
    aws.answer = () => ({ body: { Parameter: { Value: "iam" } } });
    expect(await choose("none")).toBe("iam");
    expect(aws.calls.at(-1)?.input).toMatchObject({ Name: "/hw/service_auth" });
    expect(said).toEqual(["service_auth=iam is stored in SSM, and stays. Add it to .env."]);
  });

  it("fails if it is not known whether it was answered", async () => {
    aws.answer = () => ({ status: 400, body: { __type: "AccessDeniedException", message: "No" } });
    await expect(choose("none")).rejects.toThrow("No");
  });
});
