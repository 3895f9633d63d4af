import { createHash, randomBytes } from "node:crypto";
import { Recorder } from "../../../lambda-src/record-object/recorder";
import { MemoryS3 } from "../support/memory-s3";

const METADATA = "metadata/a.json";

let s3: MemoryS3;
let recorder: Recorder;

beforeEach(() => {
  s3 = new MemoryS3();
  recorder = new Recorder(s3.client, s3.bucket);
});

const written = (sequencer: string, time = `2024-05-01T12:00:${sequencer}.000Z`) => ({
  name: "a",
  time,
  sequencer,
});

function recorded(): Record<string, unknown> | undefined {
  const object = s3.objects.get(METADATA);
  return object && (JSON.parse(object.body.toString()) as Record<string, unknown>);
}

test("what a document holds is recorded", async () => {
  const content = randomBytes(70_000);
  const { etag } = s3.put("documents/a", content, "image/png");
  expect(await recorder.record(written("10"))).toBe("recorded");
  expect(recorded()).toEqual({
    name: "a",
    size: content.length,
    sha256: createHash("sha256").update(content).digest("hex"),
    contentType: "image/png",
    time: "2024-05-01T12:00:10.000Z",
    etag,
    sequencer: "10",
  });
  expect(s3.objects.get(METADATA)?.contentType).toBe("application/json");
});

test("an empty document is recorded too", async () => {
  s3.put("documents/a", "");
  await recorder.record(written("10"));
  expect(recorded()).toMatchObject({ size: 0, sha256: createHash("sha256").digest("hex") });
});

test("the same event twice changes nothing", async () => {
  s3.put("documents/a", "content");
  await recorder.record(written("10"));
  const before = s3.objects.get(METADATA);
  expect(await recorder.record(written("10"))).toBe("outdated");
  expect(s3.objects.get(METADATA)).toBe(before);
});

test("events in the wrong order leave the record of the later one", async () => {
  s3.put("documents/a", "content");
  await recorder.record(written("11"));
  expect(await recorder.record(written("9"))).toBe("outdated");
  expect(recorded()).toMatchObject({ sequencer: "11" });
  expect(await recorder.record(written("12"))).toBe("recorded");
  expect(recorded()).toMatchObject({ sequencer: "12" });
});

test("events at the same time leave the record of the later one", async () => {
  s3.put("documents/a", "content");
  const sequencers = ["12", "15", "11", "13"];
  await Promise.all(sequencers.map((sequencer) => recorder.record(written(sequencer))));
  expect(recorded()).toMatchObject({ sequencer: "15" });
});

test("of a document that is gone nothing is recorded", async () => {
  expect(await recorder.record(written("10"))).toBe("gone");
  expect([...s3.objects.keys()]).toEqual([]);
});

test("of a document that is deleted while it is processed nothing stays", async () => {
  s3.put("documents/a", "content");
  s3.before = (method, key) => {
    if (method === "PUT" && key === METADATA) s3.objects.delete("documents/a");
  };
  expect(await recorder.record(written("10"))).toBe("gone");
  expect([...s3.objects.keys()]).toEqual([]);
});

test("cleaning up after a deleted document spares the record of its successor", async () => {
  s3.put("documents/a", "content");
  s3.before = (method, key) => {
    if (method === "PUT" && key === METADATA) s3.objects.delete("documents/a");
    // Between the look at the document and the removal: stored again and processed by somebody else.
    if (method === "DELETE") {
      s3.put("documents/a", "successor");
      s3.put(METADATA, JSON.stringify({ sequencer: "20" }));
    }
  };
  await recorder.record(written("10"));
  expect(recorded()).toEqual({ sequencer: "20" });
});

test("a record that others keep writing is given up with an error, so that the event comes again", async () => {
  s3.put("documents/a", "content");
  let writes = 0;
  s3.before = (method, key) => {
    if (method !== "PUT" || key !== METADATA) return;
    const other = { ...written("01"), size: writes++, sha256: "", contentType: "", etag: "" };
    s3.put(METADATA, JSON.stringify(other));
  };
  await expect(recorder.record(written("10"))).rejects.toThrow(/metadata of "a".*event has to come again/);
});

test("an error of S3 is not taken for a document that is gone", async () => {
  s3.put("documents/a", "content");
  s3.before = () => {
    throw new Error("connection reset");
  };
  await expect(recorder.record(written("10"))).rejects.toThrow("connection reset");
});
