import { createHash, randomBytes } from "node:crypto";
import fc from "fast-check";
import type { Change } from "../../../lambda-src/record-object/event";
import { Recorder } from "../../../lambda-src/record-object/recorder";
import { LAST_MODIFIED, MemoryS3 } from "../support/memory-s3";

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
  time: `2024-05-01T12:00:${sequencer}.000Z`,
  sequencer,
});
const written = (sequencer: string) => change("written", sequencer);

function recorded(): Record<string, unknown> | undefined {
  const object = s3.objects.get(METADATA);
  return object && (JSON.parse(object.body.toString()) as Record<string, unknown>);
}

it("what a document holds is recorded", async () => {
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

it("an empty document is recorded too", async () => {
  s3.put("documents/a", "");
  await recorder.record(written("10"));
  expect(recorded()).toMatchObject({ size: 0, sha256: createHash("sha256").digest("hex") });
});

it("the same event twice changes nothing", async () => {
  s3.put("documents/a", "content");
  await recorder.record(written("10"));
  const before = s3.objects.get(METADATA);
  expect(await recorder.record(written("10"))).toBe("outdated");
  expect(s3.objects.get(METADATA)).toBe(before);
});

it("events in the wrong order leave the record of the later one", async () => {
  s3.put("documents/a", "content");
  await recorder.record(written("11"));
  expect(await recorder.record(written("9"))).toBe("outdated");
  expect(recorded()).toMatchObject({ sequencer: "11" });
  expect(await recorder.record(written("12"))).toBe("recorded");
  expect(recorded()).toMatchObject({ sequencer: "12" });
});

it("events at the same time leave the record of the later one", async () => {
  s3.put("documents/a", "content");
  const sequencers = ["12", "15", "11", "13"];
  await Promise.all(sequencers.map((sequencer) => recorder.record(written(sequencer))));
  expect(recorded()).toMatchObject({ sequencer: "15" });
});

it("what comes earlier than what is recorded is not even read", async () => {
  s3.put("documents/a", "content");
  await recorder.record(written("11"));
  s3.before = (method, key) => {
    if (method === "GET" && key === "documents/a") throw new Error("was read");
  };
  for (const sequencer of ["9", "11"]) expect(await recorder.record(written(sequencer))).toBe("outdated");
});

it("of a document that is deleted nothing stays, also when its metadata was left behind", async () => {
  s3.put("documents/a", "content");
  await recorder.record(written("10"));
  s3.objects.delete("documents/a");
  expect(await recorder.record(change("deleted", "11"))).toBe("gone");
  expect([...s3.objects.keys()]).toEqual([]);
});

it("the deletion of a document that was stored again since changes nothing", async () => {
  s3.put("documents/a", "successor");
  await recorder.record(written("12"));
  const before = s3.objects.get(METADATA);
  for (const kind of ["deleted", "restored"] as const) {
    expect(await recorder.record(change(kind, "11"))).toBe("outdated");
  }
  expect(s3.objects.get(METADATA)).toBe(before);
});

it("a version that comes back is recorded, with the time it was written at", async () => {
  s3.put("documents/a", "second");
  await recorder.record(written("20"));
  const { etag } = s3.put("documents/a", "first");
  expect(await recorder.record(change("restored", "30"))).toBe("recorded");
  expect(recorded()).toMatchObject({ etag, size: 5, time: LAST_MODIFIED, sequencer: "30" });
});

it("whatever the order, and however often they come, the events leave what is right", async () => {
  const step = fc.oneof(fc.constantFrom("one", "two", "three"), fc.constant(undefined));
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 6 }),
      fc.infiniteStream(fc.nat()),
      async (steps, random) => {
        s3.objects.clear();
        const pending: Change[] = [];
        for (const [i, content] of steps.entries()) {
          if (content === undefined) s3.objects.delete("documents/a");
          else s3.put("documents/a", content);
          const event = change(content === undefined ? "deleted" : "written", String(10 + i));
          pending.push(event, event);
          // Some are processed between two changes, two at a time.
          const some = pending.splice(random.next().value % pending.length, random.next().value % 3);
          await Promise.all(some.map((one) => recorder.record(one)));
        }
        while (pending.length > 0) {
          const some = pending.splice(random.next().value % pending.length, 2);
          await Promise.all(some.map((one) => recorder.record(one)));
        }
        const content = steps.at(-1);
        if (content === undefined) expect(recorded()).toBeUndefined();
        else
          expect(recorded()).toMatchObject({
            etag: s3.objects.get("documents/a")?.etag,
            size: content.length,
            sequencer: String(9 + steps.length),
          });
      },
    ),
  );
});

it("a name that leaves no room for the metadata's key is passed over, the longest that fits is not", async () => {
  const named = (bytes: number) => {
    const name = "é".repeat(bytes / 2);
    s3.put(`documents/${name}`, "x");
    return { ...written("10"), name };
  };
  expect(await recorder.record(named(1012))).toBe("name too long");
  expect(await recorder.record(named(1010))).toBe("recorded");
  const [key = "", ...others] = [...s3.objects.keys()].filter((one) => one.startsWith("metadata/"));
  expect(Buffer.byteLength(key)).toBe(1024);
  expect(others).toEqual([]);
});

it("of a document that is gone nothing is recorded", async () => {
  expect(await recorder.record(written("10"))).toBe("gone");
  expect([...s3.objects.keys()]).toEqual([]);
});

it("of a document that is deleted while it is processed nothing stays", async () => {
  s3.put("documents/a", "content");
  s3.before = (method, key) => {
    if (method === "PUT" && key === METADATA) s3.objects.delete("documents/a");
  };
  expect(await recorder.record(written("10"))).toBe("gone");
  expect([...s3.objects.keys()]).toEqual([]);
});

it("cleaning up after a deleted document spares the record of its successor", async () => {
  s3.put("documents/a", "content");
  s3.before = (method, key) => {
    if (method === "PUT" && key === METADATA) s3.objects.delete("documents/a");
    // Between the look at the document and the removal: stored again and processed by another invocation.
    if (method === "DELETE") {
      s3.put("documents/a", "successor");
      s3.put(METADATA, JSON.stringify({ sequencer: "20" }));
    }
  };
  await recorder.record(written("10"));
  expect(recorded()).toEqual({ sequencer: "20" });
});

it("a record that others keep writing is given up with an error, so that the event comes again", async () => {
  s3.put("documents/a", "content");
  let writes = 0;
  s3.before = (method, key) => {
    if (method !== "PUT" || key !== METADATA) return;
    const other = {
      name: "a",
      time: "",
      sequencer: "01",
      size: writes++,
      sha256: "",
      contentType: "",
      etag: "",
    };
    s3.put(METADATA, JSON.stringify(other));
  };
  await expect(recorder.record(written("10"))).rejects.toThrow(/metadata of "a".*event has to come again/);
});

it("an error of S3 is not taken for a document that is gone", async () => {
  s3.put("documents/a", "content");
  s3.before = () => {
    throw new Error("connection reset");
  };
  await expect(recorder.record(written("10"))).rejects.toThrow("connection reset");
});
