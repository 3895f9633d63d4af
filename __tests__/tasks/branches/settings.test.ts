import fc from "fast-check";
import { asEnvironment, readSettings } from "../../../settings";
import { namesOf } from "../../../stacks/names";
import { branchId, branchSettings, pipelineOf } from "../../../tasks/branches/settings";
import { settingsWith } from "../../support/settings";

const settings = settingsWith({ pipeline_branches: "develop=dev,release/*=stage,release/old=dev,dev=stage" });

/** Names as git allows them and `pipeline_githubBranch` too; many that read alike. */
const branch = fc
  .oneof(
    fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._/-]{0,99}$/),
    fc.stringMatching(/^[aA_][aA._/-]{0,12}$/),
    fc.constantFrom("dev", "prod", "stage", "state", "pipeline", "s3alias", "_", "-a", "feature/login"),
  )
  .filter((name) => {
    try {
      return settingsWith({ pipeline_githubBranch: name }) && name !== settings.pipeline_githubBranch;
    } catch {
      return false;
    }
  });

describe("the settings of a branch", () => {
  it.each([
    ["develop", "hw_develop", "acme-heavy-water-develop"],
    ["dev", "hw_dev", "acme-heavy-water-dev"],
    ["feature/login", "hw_feature_login_df7c7aeb", "acme-heavy-water-feature-login-df7c7aeb"],
    ["feature-login", "hw_feature_login_1a2efb69", "acme-heavy-water-feature-login-1a2efb69"],
    ["Develop", "hw_develop_", ""],
    ["_", "hw_x_", ""],
    ["a".repeat(99), `hw_${"a".repeat(20)}_`, ""],
  ])("of %s are those of the pipeline with the name %s", (name, stackName, bucket) => {
    const own = branchSettings(settings, name);
    expect(own.hw_stack_name.startsWith(stackName)).toBe(true);
    expect(own.hw_stack_bucket_name.startsWith(bucket)).toBe(true);
    expect(own.pipeline_githubBranch).toBe(name);
    expect(own.pipeline_state_bucket_name).toBe(settings.pipeline_state_bucket_name);
    expect(own.pipeline_branches).toEqual([]);
  });

  it("are valid, whatever the branch", () => {
    fc.assert(
      fc.property(branch, (name) => {
        const own = branchSettings(settings, name);
        expect(readSettings(asEnvironment(own))).toEqual(own);
        expect(own.hw_stack_name.length).toBeLessThanOrEqual(32);
        expect(own.hw_stack_name.slice("hw".length)).toMatch(/^_[a-z0-9_]+$/);
        expect(namesOf(own).serviceBucket("stage").length).toBeLessThanOrEqual(63);
      }),
    );
  });

  it("have names that no other branch or pipeline has, and that no other's permissions match", () => {
    const named = (name: string) => {
      const own = branchSettings(settings, name);
      return {
        // What permissions name is this, a hyphen, and anything.
        beginning: `${own.hw_stack_name}-`,
        buckets: [
          ...["dev", "prod", "stage"].map((environment) => namesOf(own).serviceBucket(environment)),
          own.pipeline_bucket_name,
        ],
      };
    };
    const main = namesOf(settings);
    const mains = [
      main.serviceBucket("dev"),
      main.serviceBucket("prod"),
      main.artifactBucket,
      main.stateBucket,
    ];
    fc.assert(
      fc.property(branch, branch, (one, other) => {
        fc.pre(one !== other);
        const [a, b] = [named(one), named(other)];
        expect(a.beginning.startsWith(b.beginning)).toBe(false);
        expect(a.beginning.startsWith("hw-")).toBe(false);
        const all = [...a.buckets, ...b.buckets, ...mains];
        expect(new Set(all).size).toBe(all.length);
      }),
    );
  });

  it("are simplified at either end, and a branch that just fits is its own id", () => {
    expect(branchId("-a-", 30)).toMatch(/^a_[0-9a-f]{8}$/);
    expect(branchId("a".repeat(12), 12)).toBe("a".repeat(12));
    expect(branchId("a".repeat(13), 12)).toMatch(/^aaa_[0-9a-f]{8}$/);
    expect(branchId("ab-c", 12)).toMatch(/^ab_[0-9a-f]{8}$/);
  });

  it("cannot be those of the pipeline's own branch, or of a branch of a branch", () => {
    expect(() => branchSettings(settings, "main")).toThrow(
      "main is the branch of hw-pipeline, which delivers it to dev and prod. npm run env does not change these environments.",
    );
    expect(() => branchSettings(branchSettings(settings, "develop"), "x")).toThrow(/of a branch already/);
  });

  it.each([
    ["hw_stack_name", "a".repeat(22)],
    ["hw_stack_bucket_name", "a".repeat(47)],
    ["pipeline_bucket_name", "a".repeat(53)],
  ])("report by how much %s is too long", (name, value) => {
    const state = { pipeline_state_bucket_name: "states" };
    expect(() => branchSettings(settingsWith({ ...state, [name]: value }), "x")).toThrow(
      `${name} is too long to append a branch: it has ${value.length} characters, and ${value.length - 1} leave room for one.`,
    );
    expect(branchSettings(settingsWith({ ...state, [name]: value.slice(1) }), "Feature")).toBeDefined();
  });

  it("refuse a branch that a pipeline could not follow", () => {
    expect(() => branchSettings(settings, "feature/#12")).toThrow(/pipeline_githubBranch is "feature\/#12"/);
  });
});

describe("pipeline_branches", () => {
  it.each([
    ["develop", "dev"],
    ["release/1.0", "stage"],
    // The first that matches counts.
    ["release/old", "stage"],
    ["dev", "stage"],
    ["developer", undefined],
    ["release", undefined],
    ["feature/login", undefined],
  ])("gives %s a pipeline to %s", (name, environment) => {
    expect(pipelineOf(settings, name)).toBe(environment);
    expect(branchSettings(settings, name).pipeline_environment).toBe(environment ?? "dev");
  });

  it("can be omitted", () => {
    expect(pipelineOf(settingsWith(), "develop")).toBeUndefined();
  });
});

it("the generated name of a branch never equals that of a branch with this very name", () => {
  fc.assert(
    fc.property(branch, fc.integer({ min: 10, max: 40 }), (name, room) => {
      const id = branchId(name, room);
      expect(id.length).toBeLessThanOrEqual(room);
      if (id !== name) expect(branchId(id, room)).not.toBe(id);
    }),
  );
});
