import { pipelineStack, resourcesOf, serviceStack, stateStack, synthesized } from "../support/synth";

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

describe("the bucket for documents", () => {
  const bucketWith = (changes: Record<string, string>, environment = "prod") =>
    resourcesOf(synthesized(serviceStack(environment, changes)), "aws_s3_bucket")[0];

  it("keeps the lifecycle that it has, until service_old_version_days has a value", () => {
    expect(bucketWith({})).not.toHaveProperty("lifecycle_rule");
  });

  it.each(["dev", "prod"])(
    "deletes old versions and incomplete uploads in %s, and no document",
    (environment) => {
      expect(bucketWith({ service_old_version_days: "30" }, environment)).toMatchObject({
        lifecycle_rule: [
          {
            id: "old-versions",
            enabled: true,
            abort_incomplete_multipart_upload_days: 7,
            // Without days or a date: this deletes no object.
            expiration: { expired_object_delete_marker: true },
            noncurrent_version_expiration: { days: 30 },
          },
        ],
      });
    },
  );

  it("deletes nothing any more with service_old_version_days=off", () => {
    const rules = bucketWith({ service_old_version_days: "off" })?.lifecycle_rule;
    expect(rules).toMatchObject([{ id: "old-versions", enabled: false }]);
    expect(rules).not.toMatchObject([{ noncurrent_version_expiration: expect.anything() as object }]);
  });

  it("has no resource of its own for the rule, for which a deployment would wait", () => {
    const stack = synthesized(serviceStack("prod", { service_old_version_days: "30" }));
    expect(resourcesOf(stack, "aws_s3_bucket_lifecycle_configuration")).toEqual([]);
  });

  it("has the same rule in a branch environment", () => {
    const branch = {
      hw_stack_name: "hw_develop",
      pipeline_environment: "dev",
      service_old_version_days: "30",
    };
    expect(bucketWith(branch, "dev")).toMatchObject({
      lifecycle_rule: [{ noncurrent_version_expiration: { days: 30 } }],
    });
  });

  it("keeps its own lifecycle if it existed before", () => {
    const existing = { service_existing_bucket_prod: "acme-documents", service_old_version_days: "30" };
    expect(bucketWith(existing)).toBeUndefined();
  });
});
