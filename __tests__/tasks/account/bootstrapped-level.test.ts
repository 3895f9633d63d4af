import { SSMClient } from "@aws-sdk/client-ssm";
import { checkBootstrappedLevel } from "../../../tasks/account/bootstrapped-level";
import { settingsWith } from "../../support/settings";
import { awsOfThisProcess, type AwsStandIn, type Reply } from "../aws-stand-in";

let aws: AwsStandIn;
beforeAll(async () => {
  aws = await awsOfThisProcess();
});
afterAll(() => aws.stop());

function check(answer: Reply): Promise<void> {
  aws.answer = () => answer;
  return checkBootstrappedLevel(new SSMClient({ maxAttempts: 1 }), settingsWith(), 3);
}

const level = (Value: string): Reply => ({ body: { Parameter: { Value } } });

it.each(["3", "4", "10"])("a branch pipeline is accepted in an account of level %s", async (value) => {
  await expect(check(level(value))).resolves.toBeUndefined();
  expect(aws.calls.at(-1)).toMatchObject({ input: { Name: "/hw/pipeline_bootstrap_level" } });
});

it.each([
  ["an earlier level", level("2"), /hw-pipeline is from an earlier bootstrap \(level 2\).*npm run bootstrap/],
  ["no level", { status: 400, body: { __type: "ParameterNotFound" } }, /\(level 0\)/],
  [
    "a level that cannot be read",
    { status: 400, body: { __type: "AccessDeniedException", message: "No" } },
    /^No$/,
  ],
])("a branch pipeline is refused in an account of %s", async (_, answer: Reply, message) => {
  await expect(check(answer)).rejects.toThrow(message);
});
