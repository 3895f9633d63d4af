import type { ListTagsForResourceOutput } from "@aws-sdk/client-codepipeline";
import { build, stage } from "../../support/pipelines";
import { running } from "../../support/running";

const ARN = "arn:aws:codepipeline:eu-west-1:123456789012";

it("shows the tags of a pipeline, and those of a webhook", async () => {
  const { ask } = await running([stage("Test", build("UnitTest"))]);
  const list = (resourceArn: string) =>
    ask<ListTagsForResourceOutput>("ListTagsForResource", { resourceArn });
  expect(await list(`${ARN}:delivery`)).toEqual({ tags: [] });
  const tags = [{ key: "team", value: "water" }];
  const webhook = {
    name: "push",
    targetPipeline: "delivery",
    targetAction: "Source1",
    filters: [{ jsonPath: "$.ref" }],
    authentication: "UNAUTHENTICATED",
    authenticationConfiguration: {},
  };
  await ask("PutWebhook", { webhook, tags });
  expect(await list(`${ARN}:webhook:push`)).toEqual({ tags });
  expect(await list(`${ARN}:delivery`)).toEqual({ tags: [] });
});

it.each<[string, object]>([
  ["ValidationException", {}],
  ["InvalidArnException", { resourceArn: "arn:aws:codepipeline:eu-west-2:123456789012:delivery" }],
  ["InvalidArnException", { resourceArn: "arn:aws:codepipeline:eu-west-1:999999999999:delivery" }],
  ["ResourceNotFoundException", { resourceArn: `${ARN}:none` }],
])("answers %s to %j", async (code, input) => {
  const { ask } = await running([stage("Test", build("UnitTest"))]);
  await expect(ask("ListTagsForResource", input)).rejects.toMatchObject({ code });
});
