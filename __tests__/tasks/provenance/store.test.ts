import { namesOf } from "../../../stacks/names";
import { sha256Of, statementOf, textOf } from "../../../tasks/provenance/statement";
import { ProvenanceStore } from "../../../tasks/provenance/store";
import { settingsWith } from "../../support/settings";
import { StoredObjects } from "./stored-objects";

const commit = "0123456789abcdef0123456789abcdef01234567";
const bucket = "acme-heavy-water-artifacts-state";
const statement = statementOf(
  {
    repository: "https://github.com/acme/heavy-water",
    branch: "main",
    commit,
    pipeline: "hw-pipeline",
    execution: "an-execution",
    project: "project",
    build: "build",
    startedOn: new Date(0),
    finishedOn: new Date(1),
  },
  [{ name: "dist/programs.zip", digest: { sha256: "a".repeat(64) } }],
  [],
  "b".repeat(64),
  {},
);
const digest = sha256Of(textOf(statement));
const key = `hw/provenance/${commit}/${digest}.json`;

let s3: StoredObjects;
let store: ProvenanceStore;
beforeEach(() => {
  s3 = new StoredObjects();
  store = new ProvenanceStore(s3, namesOf(settingsWith()));
});

it("a statement is stored as JSON, under its commit and its SHA-256", async () => {
  const send = jest.spyOn(s3, "send");
  expect(await store.putStatement(statement)).toEqual({ commit, digest });
  const [[command]] = send.mock.calls as unknown as [[{ input: object }]];
  expect(command.input).toEqual({
    Bucket: bucket,
    Key: key,
    Body: textOf(statement),
    ContentType: "application/json",
  });
  expect(await store.statement({ commit, digest })).toEqual(statement);
  expect(store.statementUrl({ commit, digest })).toBe(`s3://${bucket}/${key}`);
});

it("the statements of a commit are those whose key has a commit and a digest", async () => {
  const other = `${commit.slice(0, 39)}8`;
  for (const one of [
    key,
    `hw/provenance/${other}/${digest}.json`,
    `${key}.bak`,
    `hw/provenance/${commit}/x${digest}.json`,
    `hw/provenance/${commit}0/${digest}.json`,
    `hw/provenance/${commit}/${digest}.txt`,
  ])
    s3.objects.set(one, "");
  expect(await store.statements(commit)).toEqual([{ commit, digest }]);
  expect((await store.statements(commit.slice(0, 39))).map((one) => one.commit)).toEqual([commit, other]);
});

it("no statement is found where the bucket lists nothing", async () => {
  jest.spyOn(s3, "send").mockResolvedValue({} as never);
  expect(await store.statements(commit)).toEqual([]);
});

describe("a statement that cannot be trusted", () => {
  const read = (of = { commit, digest }) => store.statement(of);

  it("is missing", async () => {
    await expect(read()).rejects.toThrow(
      `There is no s3://${bucket}/${key}. Either it was deleted, or CheckBuild has not stored it: ` +
        "aws s3api list-object-versions shows which.",
    );
  });

  it("was changed", async () => {
    s3.objects.set(key, "{}");
    await expect(read()).rejects.toThrow(
      `s3://${bucket}/${key} was changed after it was stored: its SHA-256 is ${sha256Of("{}")}. ` +
        "aws s3api list-object-versions shows when; find out who could write it.",
    );
  });

  it("is about another commit, or is none", async () => {
    const other = "f".repeat(40);
    s3.objects.set(`hw/provenance/${other}/${digest}.json`, textOf(statement));
    await expect(read({ commit: other, digest })).rejects.toThrow(
      `s3://${bucket}/hw/provenance/${other}/${digest}.json cannot be used: it is about commit ${commit}.`,
    );
    const none = sha256Of("none");
    s3.objects.set(`hw/provenance/${commit}/${none}.json`, "none");
    await expect(read({ commit, digest: none })).rejects.toThrow("cannot be used: it is not JSON.");
  });

  it("is unknown where S3 fails", async () => {
    jest.spyOn(s3, "send").mockRejectedValue(new Error("not authorized") as never);
    await expect(read()).rejects.toThrow("not authorized");
  });
});

it("a deployment is stored under the statement, and undefined until then", async () => {
  const deployment = { at: "2026-01-02T03:10:00Z", build: "hw-DeployOnProd:3" };
  expect(await store.deployment({ commit, digest })).toBeUndefined();
  await store.putDeployment({ commit, digest }, deployment);
  expect(await store.deployment({ commit, digest })).toEqual(deployment);
  expect(s3.objects.get(`hw/deployments/${commit}/${digest}.json`)).toBe(
    `${JSON.stringify(deployment, undefined, 2)}\n`,
  );
});

it("an SBOM is stored under its SHA-256, and checked against it", async () => {
  const sbom = await store.putSbom("packages");
  expect(sbom).toBe(sha256Of("packages"));
  expect(store.sbomUrl(sbom)).toBe(`s3://${bucket}/hw/provenance/sbom/${sbom}.cdx.json`);
  await expect(store.checkSbom(sbom)).resolves.toBeUndefined();
  s3.tamper(/sbom/, () => "other");
  await expect(store.checkSbom(sbom)).rejects.toThrow("was changed after it was stored");
});
