import { pipelineStack, resourcesOf, stateStack, synthesized } from "../support/synth";

const rulesOf = (stack: Parameters<typeof synthesized>[0]) =>
  resourcesOf(synthesized(stack), "aws_s3_bucket_lifecycle_configuration").map(({ rule }) => rule);

/** What each rule has: it is about every object, and deletes the parts of an upload that was not completed. */
const each = {
  id: "expire",
  status: "Enabled",
  filter: [{ prefix: "" }],
  abort_incomplete_multipart_upload: [{ days_after_initiation: 7 }],
};

describe("the lifecycle", () => {
  it("of the state bucket deletes old versions after 90 days, and no state", () => {
    expect(rulesOf(stateStack())).toEqual([
      [{ ...each, noncurrent_version_expiration: [{ noncurrent_days: 90 }] }],
    ]);
  });

  it("of the state bucket comes when the state is in it", () => {
    expect(rulesOf(stateStack({}, "local"))).toEqual([]);
  });

  it("of the artifact bucket deletes artifacts after a month, and deleted ones a day later", () => {
    expect(rulesOf(pipelineStack())).toEqual([
      [{ ...each, expiration: [{ days: 30 }], noncurrent_version_expiration: [{ noncurrent_days: 1 }] }],
    ]);
  });
});
