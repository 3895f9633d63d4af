import { build, stage } from "../../support/pipelines";
import { running } from "../../support/running";

const resourceArn = "arn:aws:codepipeline:eu-west-1:123456789012:delivery";

it("adds tags, and replaces the values of existing ones", async () => {
  const { ask } = await running([stage("Test", build("UnitTest"))]);
  const tag = (...tags: object[]) => ask("TagResource", { resourceArn, tags });
  expect(await tag({ key: "team", value: "water" }, { key: "stage", value: "prod" })).toEqual({});
  await tag({ key: "team", value: "steam" }, { key: "empty", value: "" });
  expect(await ask("ListTagsForResource", { resourceArn })).toEqual({
    tags: [
      { key: "stage", value: "prod" },
      { key: "team", value: "steam" },
      { key: "empty", value: "" },
    ],
  });
});

it.each<[string, object]>([
  ["ValidationException", { tags: undefined }],
  ["ValidationException", { tags: [{ key: "", value: "water" }] }],
  ["ValidationException", { tags: [{ key: "team", value: "x".repeat(257) }] }],
  ["InvalidArnException", { resourceArn: "arn:aws:codepipeline:eu-west-1:999999999999:delivery" }],
  ["ResourceNotFoundException", { resourceArn: `${resourceArn}-none` }],
])("answers %s to %j", async (code, input) => {
  const { ask } = await running([stage("Test", build("UnitTest"))]);
  const request = { resourceArn, tags: [{ key: "team", value: "water" }], ...input };
  await expect(ask("TagResource", request)).rejects.toMatchObject({ code });
  expect(await ask("ListTagsForResource", { resourceArn })).toEqual({ tags: [] });
});
