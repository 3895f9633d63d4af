import { bootstrapLevel, neededLevel } from "../../stacks/bootstrap-level";
import { namesOf } from "../../stacks/names";
import { Arns } from "../../stacks/iam/arns";
import { pipelinePermissions } from "../../stacks/iam/pipeline-role";
import { canRelease } from "../../tasks/build/prepare-releases";
import { settingsWith } from "../support/settings";

/**
 * The actions that a release needs, and the bootstrap level that gave them to the pipeline's role. If they change, increment
 * the level here, in `stacks/bootstrap-level.ts` and in `tasks/build/prepare-releases.ts`: a deployed pipeline gets them
 * only by `npm run bootstrap`.
 */
const releases = {
  level: 1,
  actions: [
    "cloudwatch:DescribeAlarms",
    "lambda:GetAlias",
    "lambda:GetFunctionConfiguration",
    "lambda:GetProvisionedConcurrencyConfig",
    "lambda:UpdateAlias",
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
  ],
};

it("a release is allowed from the level that gave the pipeline's role its permissions", () => {
  const at = { partition: "aws", region: "eu-central-1", accountId: "123456789012" };
  const allowed = pipelinePermissions(new Arns(at, namesOf(settingsWith())), [], true)
    .filter(({ Effect }) => Effect === "Allow")
    .flatMap(({ Action }) => Action)
    .filter((action) => /^(cloudwatch|lambda|logs):/.test(action));
  expect(allowed.sort()).toEqual(releases.actions);
  expect(canRelease(`${releases.level}`)).toBe(true);
  expect(canRelease(`${releases.level - 1}`)).toBe(false);
  expect(bootstrapLevel).toBeGreaterThanOrEqual(releases.level);
});

it("a pipeline stack needs level 2 at least, and no more than the account has", () => {
  expect([0, 1, 2, 3].map(neededLevel)).toEqual([2, 2, 2, 3]);
  expect(neededLevel(bootstrapLevel + 1)).toBe(bootstrapLevel);
});
