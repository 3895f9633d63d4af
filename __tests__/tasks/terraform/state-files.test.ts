import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import {
  newestReadable,
  parseState,
  restore,
  stateIn,
  storedState,
} from "../../../tasks/terraform/state-files";

const location = { bucket: "states", key: "hw/service-dev.tfstate" };
const state = (more: object = {}) =>
  JSON.stringify({ version: 4, serial: 7, lineage: "one", resources: [], ...more });
const resource = (name: string, more: object = {}) => ({ type: "aws_iam_role", name, ...more });

interface Version {
  readonly Key: string;
  readonly VersionId?: string;
  readonly LastModified?: Date;
}

/** A bucket with the state's versions, by their ids; `current` is the one without an id. */
function bucketWith(texts: Readonly<Record<string, string | Error>>, Versions?: readonly Version[]) {
  const sent: object[] = [];
  const send = (command: { input: object }) => {
    sent.push(command.input);
    if (!(command instanceof GetObjectCommand)) return Promise.resolve({ Versions });
    const text = texts[command.input.VersionId ?? "current"];
    if (text instanceof Error) return Promise.reject(text);
    return Promise.resolve({ Body: text === undefined ? undefined : { transformToString: () => text } });
  };
  return { s3: { send } as unknown as S3Client, sent };
}

describe("parseState", () => {
  it("reads serial, lineage, outputs and the managed resources", () => {
    const text = state({
      outputs: { api_url: { value: "https://a", type: "string" }, bucket: { value: ["b"] } },
      resources: [
        resource("api", { mode: "managed" }),
        resource("other"),
        resource("read", { mode: "data", instances: [{ status: "tainted" }] }),
      ],
    });
    expect(parseState(text)).toEqual({
      serial: 7,
      lineage: "one",
      addresses: new Set(["aws_iam_role.api", "aws_iam_role.other"]),
      outputs: { api_url: "https://a", bucket: ["b"] },
      tainted: [],
      text,
    });
    expect(parseState(state())).toMatchObject({ outputs: {}, addresses: new Set() });
  });

  it("lists the resources with a tainted instance", () => {
    const resources = [
      resource("whole", { instances: [{}, { status: "deposed" }] }),
      resource("half", { instances: [{}, { status: "tainted" }] }),
    ];
    expect(parseState(state({ resources }))?.tainted).toEqual(["aws_iam_role.half"]);
  });

  it.each([
    "",
    "no JSON",
    "null",
    "[]",
    state({ version: 3 }),
    state({ serial: "7" }),
    state({ lineage: undefined }),
    state({ resources: undefined }),
    state({ resources: [{ type: "aws_iam_role" }] }),
    state({ resources: [{ name: "api" }] }),
  ])("returns undefined for %j", (text) => {
    expect(parseState(text)).toBeUndefined();
  });
});

describe("storedState", () => {
  it("is the current version of the object", async () => {
    const { s3, sent } = bucketWith({ current: state() });
    const stored = await storedState(s3, location);
    expect(stored).toEqual({ kind: "readable", state: parseState(state()) });
    expect(stateIn(stored)).toEqual(parseState(state()));
    expect(sent).toEqual([{ Bucket: "states", Key: "hw/service-dev.tfstate", VersionId: undefined }]);
  });

  it("is missing where there is no object", async () => {
    const gone = new NoSuchKey({ $metadata: {}, message: "The specified key does not exist." });
    const stored = await storedState(bucketWith({ current: gone }).s3, location);
    expect(stored).toEqual({ kind: "missing" });
    expect(stateIn(stored)).toBeUndefined();
  });

  it.each(["{", ""])("is damaged where the object is %j", async (current) => {
    expect(await storedState(bucketWith({ current }).s3, location)).toEqual({ kind: "damaged" });
    expect(await storedState(bucketWith({}).s3, location)).toEqual({ kind: "damaged" });
  });

  it("is unknown where S3 fails", async () => {
    const { s3 } = bucketWith({ current: new Error("not authorized") });
    await expect(storedState(s3, location)).rejects.toThrow("not authorized");
  });
});

describe("the newest readable version", () => {
  const version = (VersionId: string, Key = location.key): Version => ({
    Key,
    VersionId,
    LastModified: new Date(`2027-01-0${VersionId.length}T00:00:00Z`),
  });

  it("is the first one that Terraform could read, and none of the lock", async () => {
    const lock = version("l", `${location.key}.tflock`);
    const versions = [lock, { Key: location.key }, version("xx"), version("yyy"), version("z")];
    const { s3, sent } = bucketWith(
      { l: state({ serial: 1 }), current: state({ serial: 2 }), xx: "{", yyy: state(), z: state() },
      versions,
    );
    expect(await newestReadable(s3, location)).toEqual({
      versionId: "yyy",
      written: new Date("2027-01-03T00:00:00Z"),
      state: parseState(state()),
    });
    expect(sent[0]).toEqual({ Bucket: "states", Prefix: "hw/service-dev.tfstate" });
    expect(sent.slice(1)).toMatchObject([{ VersionId: "xx" }, { VersionId: "yyy" }]);
  });

  it("is undefined where none can be read", async () => {
    expect(await newestReadable(bucketWith({ x: "{" }, [version("x")]).s3, location)).toBeUndefined();
    expect(await newestReadable(bucketWith({}).s3, location)).toBeUndefined();
  });

  it("becomes the current one when it is restored", async () => {
    const { s3, sent } = bucketWith({});
    await restore(s3, location, { versionId: "x", written: undefined, state: parseState(state())! });
    expect(sent).toEqual([
      new PutObjectCommand({
        Bucket: "states",
        Key: "hw/service-dev.tfstate",
        Body: state(),
        ContentType: "application/json",
        ServerSideEncryption: "AES256",
      }).input,
    ]);
  });
});
