import { namesOf } from "../../../stacks/names";
import { describeBuilds } from "../../../tasks/provenance/describe";
import { buildsOf } from "../../../tasks/cli/provenance";
import { ProvenanceStore } from "../../../tasks/provenance/store";
import { artifact, commit, history, settings, state } from "../provenance/built-commit";
import { StoredObjects } from "../provenance/stored-objects";

const near = `${commit.slice(0, 10)}${"f".repeat(30)}`;
const s3 = new StoredObjects();
const store = new ProvenanceStore(s3, namesOf(settings));
let digest: string;

beforeAll(async () => {
  const built = artifact();
  digest = await state(s3, built);
  await state(s3, built, history(near, "hw-UnitTest:2"));
  await store.putDeployment({ commit, digest }, { at: "2026-01-02T03:10:00Z", build: "hw-DeployOnProd:3" });
});

describe("the builds of a commit", () => {
  it("are shown with what was deployed from what, by whom and when", async () => {
    const text = describeBuilds(...(await buildsOf(store, commit)));
    for (const part of [
      `Commit ${commit} of https://github.com/acme/heavy-water, branch main`,
      "builder     arn:aws:codebuild:eu-west-1:123456789012:project/hw-UnitTest",
      "time        2026-01-02T03:04:05.000Z to 2026-01-02T03:06:07.000Z",
      "production  2026-01-02T03:10:00Z, by hw-DeployOnProd:3",
      `statement   s3://acme-heavy-water-artifacts-state/hw/provenance/${commit}/${digest}.json`,
      "packages    s3://acme-heavy-water-artifacts-state/hw/provenance/sbom/",
      "  dist/programs.zip",
      `gitCommit:${commit}`,
    ])
      expect(text).toContain(part);
  });

  it("are marked if they were not deployed to production", async () => {
    expect(describeBuilds(...(await buildsOf(store, near)))).toContain("production  not deployed");
  });

  it("are found by a unique prefix of the commit", async () => {
    expect((await buildsOf(store, commit.slice(0, 12)))[0]).toBe(commit);
    await expect(buildsOf(store, commit.slice(0, 9))).rejects.toThrow(/More than one commit begins with/);
  });

  it("are sorted with the newest first", async () => {
    const later = { ...history().unitTest, lastUpdateTime: new Date("2026-02-01") };
    await state(s3, artifact(), { ...history(), unitTest: later });
    const [, builds] = await buildsOf(store, commit);
    expect(builds.map(({ deployment }) => deployment !== undefined)).toEqual([false, true]);
  });

  it.each([
    ["eeeeeee", "No build of commit eeeeeee is known"],
    ["main", "main is not a commit"],
    ["../../other", "../../other is not a commit"],
    ["abc", "abc is not a commit"],
    ["\u202e", '"\\u202e" is not a commit'],
  ])("are an error for %p", async (wanted, message) => {
    await expect(buildsOf(store, wanted)).rejects.toThrow(message);
  });

  it("are an error if one was tampered with", async () => {
    s3.tamper(new RegExp(`${digest}\\.json$`), (text) => text.replace("acme", "evil"));
    await expect(buildsOf(store, commit)).rejects.toThrow(/was changed after it was stored/);
  });
});

it("invisible characters in the text are escaped", async () => {
  const [of, [build]] = await buildsOf(store, near);
  const { statement } = build!;
  const hostile = {
    ...build!,
    statement: {
      ...statement,
      subject: [{ name: "a\u001b[2J\u202e\nb", digest: { sha256: "c".repeat(64) } }],
    },
  };
  expect(describeBuilds(of, [hostile])).toContain("a\\u001b[2J\\u202e\\u000ab");
});
