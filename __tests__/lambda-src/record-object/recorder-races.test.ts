import { NoSuchKey, type S3Client } from "@aws-sdk/client-s3";
import type { Change } from "../../../lambda-src/record-object/event";
import { Recorder } from "../../../lambda-src/record-object/recorder";
import { MemoryS3 } from "../support/memory-s3";

const METADATA = "metadata/a.json";

let s3: MemoryS3;
let recorder: Recorder;

beforeEach(() => {
  s3 = new MemoryS3();
  recorder = new Recorder(s3.client, s3.bucket);
});

const change = (kind: Change["kind"], sequencer: string): Change => ({
  kind,
  name: "a",
  time: "then",
  sequencer,
});
const written = (sequencer: string) => change("written", sequencer);
const recorded = () => {
  const object = s3.objects.get(METADATA);
  return object && (JSON.parse(object.body.toString()) as Record<string, unknown>);
};
const record = (sequencer: string, more: object = {}) =>
  JSON.stringify({ name: "a", size: 0, sha256: "", contentType: "", time: "", etag: "", sequencer, ...more });

/** Does something ahead of one call, counted among those of its method and key. */
function ahead(method: string, key: string, number: number, act: () => void): void {
  let calls = 0;
  s3.before = (calledMethod, calledKey) => {
    if (calledMethod === method && calledKey === key && ++calls === number) act();
  };
}

const reset = () => {
  throw new Error("connection reset");
};

describe("an error of S3", () => {
  it.each<[string, string, string, number]>([
    ["at the first look at the record", "GET", METADATA, 1],
    ["at the first look at the document", "HEAD", "documents/a", 1],
    ["while the content is read", "GET", "documents/a", 1],
    ["at the second look at the record", "GET", METADATA, 2],
    ["while the record is stored", "PUT", METADATA, 1],
    ["at the last look at the document", "HEAD", "documents/a", 2],
  ])("%s is an error, and no document that is gone", async (_, method, key, number) => {
    s3.put("documents/a", "content");
    ahead(method, key, number, reset);
    await expect(recorder.record(written("10"))).rejects.toThrow("connection reset");
  });

  it("while a record is removed is an error", async () => {
    s3.put(METADATA, record("09"));
    ahead("DELETE", METADATA, 1, reset);
    await expect(recorder.record(written("10"))).rejects.toThrow("connection reset");
  });
});

describe("a document that goes", () => {
  it("between the look at it and the reading leaves nothing", async () => {
    s3.put("documents/a", "content");
    s3.put(METADATA, record("09"));
    ahead("GET", "documents/a", 1, () => s3.objects.delete("documents/a"));
    await expect(recorder.record(written("10"))).resolves.toBe("gone");
    expect([...s3.objects.keys()]).toEqual([]);
  });

  it("with its record, by another process at the same moment, is gone all the same", async () => {
    s3.put(METADATA, record("09"));
    ahead("DELETE", METADATA, 1, () => s3.objects.delete(METADATA));
    await expect(recorder.record(change("deleted", "10"))).resolves.toBe("gone");
  });

  it("was never there where nothing is recorded, and nothing is removed", async () => {
    const called: string[] = [];
    s3.before = (method) => void called.push(method);
    await expect(recorder.record(change("deleted", "10"))).resolves.toBe("gone");
    expect(called).toEqual(["GET", "HEAD"]);
  });
});

describe("a record that another process has written meanwhile", () => {
  it("and that is later, stays", async () => {
    s3.put("documents/a", "content");
    ahead("GET", METADATA, 2, () => s3.put(METADATA, record("11")));
    await expect(recorder.record(written("10"))).resolves.toBe("outdated");
    expect(recorded()).toMatchObject({ sequencer: "11" });
  });

  it("and that is as late, stays", async () => {
    s3.put("documents/a", "content");
    ahead("GET", METADATA, 2, () => s3.put(METADATA, record("10", { size: 99 })));
    await expect(recorder.record(written("10"))).resolves.toBe("outdated");
    expect(recorded()).toMatchObject({ size: 99 });
  });

  it("and that is later, goes with a document that has been deleted since", async () => {
    s3.put("documents/a", "content");
    ahead("GET", METADATA, 2, () => {
      s3.put(METADATA, record("11"));
      s3.objects.delete("documents/a");
    });
    await expect(recorder.record(written("10"))).resolves.toBe("gone");
    expect([...s3.objects.keys()]).toEqual([]);
  });

  it("and that is earlier, is replaced, also when it appears or goes while this one is stored", async () => {
    s3.put("documents/a", "content");
    ahead("PUT", METADATA, 1, () => s3.put(METADATA, record("09")));
    await expect(recorder.record(written("10"))).resolves.toBe("recorded");
    expect(recorded()).toMatchObject({ sequencer: "10", size: 7 });
    ahead("PUT", METADATA, 1, () => s3.objects.delete(METADATA));
    await expect(recorder.record(written("11"))).resolves.toBe("recorded");
    expect(recorded()).toMatchObject({ sequencer: "11" });
  });

  it("is looked at five times, and no more", async () => {
    s3.put("documents/a", "content");
    let stored = 0;
    s3.before = (method, key) => {
      if (method === "PUT" && key === METADATA) s3.put(METADATA, record("01", { size: ++stored }));
    };
    await expect(recorder.record(written("10"))).rejects.toThrow(
      'The metadata of "a" was written by others 5 times in a row; the event has to come again.',
    );
    expect(stored).toBe(5);
  });
});

describe("a document that is restored", () => {
  it("and is the one that is recorded already, is outdated", async () => {
    const { etag } = s3.put("documents/a", "content");
    s3.put(METADATA, record("10", { etag }));
    await expect(recorder.record(change("restored", "30"))).resolves.toBe("outdated");
    expect(recorded()).toMatchObject({ sequencer: "10" });
  });

  it("and of which nothing is recorded, is recorded", async () => {
    s3.put("documents/a", "content");
    await expect(recorder.record(change("restored", "30"))).resolves.toBe("recorded");
  });
});

it("a document that is written again with the same content is recorded with its new time", async () => {
  const { etag } = s3.put("documents/a", "content");
  s3.put(METADATA, record("10", { etag }));
  await expect(recorder.record(written("30"))).resolves.toBe("recorded");
  expect(recorded()).toMatchObject({ sequencer: "30", time: "then" });
});

it("records what S3 leaves out by its defaults", async () => {
  const stored: object[] = [];
  const send = (command: { constructor: { name: string }; input: { Key: string; Body?: string } }) => {
    const { Key, Body } = command.input;
    if (Body !== undefined) stored.push(JSON.parse(Body) as object);
    if (command.constructor.name === "GetObjectCommand" && Key === METADATA)
      return Promise.reject(new NoSuchKey({ message: "none", $metadata: {} }));
    return Promise.resolve(command.constructor.name === "HeadObjectCommand" ? { ETag: "x" } : {});
  };
  const odd = new Recorder({ send } as unknown as S3Client, "bucket");
  await expect(odd.record(change("restored", "30"))).resolves.toBe("recorded");
  const sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  expect(stored).toEqual([
    {
      name: "a",
      size: 0,
      sha256,
      contentType: "application/octet-stream",
      time: "then",
      etag: "",
      sequencer: "30",
    },
  ]);
});

it("a record that is no record is an error", async () => {
  s3.put("documents/a", "content");
  s3.put(METADATA, "{}");
  await expect(recorder.record(written("10"))).rejects.toThrow(/sha256/);
});
