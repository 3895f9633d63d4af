import { build, stage } from "../../support/pipelines";
import { running } from "../../support/running";

const resourceArn = "arn:aws:codepipeline:eu-west-1:123456789012:delivery";
const TEAM = { key: "team", value: "water" };
const STAGE = { key: "stage", value: "prod" };

async function tagged() {
  const it = await running([stage("Test", build("UnitTest"))]);
  await it.ask("TagResource", { resourceArn, tags: [TEAM, STAGE] });
  return it;
}

it("removes the tags with these keys, and ignores missing ones", async () => {
  const { ask } = await tagged();
  expect(await ask("UntagResource", { resourceArn, tagKeys: ["team", "none"] })).toEqual({});
  expect(await ask("ListTagsForResource", { resourceArn })).toEqual({ tags: [STAGE] });
});

it.each<[string, object]>([
  ["ValidationException", { tagKeys: undefined }],
  ["InvalidArnException", { resourceArn: "arn:aws:codepipeline:eu-west-1:999999999999:delivery" }],
  ["ResourceNotFoundException", { resourceArn: `${resourceArn}-none` }],
])("answers %s to %j", async (code, input) => {
  const { ask } = await tagged();
  const request = { resourceArn, tagKeys: ["team"], ...input };
  await expect(ask("UntagResource", request)).rejects.toMatchObject({ code });
  expect(await ask("ListTagsForResource", { resourceArn })).toEqual({ tags: [TEAM, STAGE] });
});
