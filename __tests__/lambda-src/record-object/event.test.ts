import fc from "fast-check";
import { readEvent } from "../../../lambda-src/record-object/event";
import { documentNames } from "../support/names";

function record(key: string, sequencer = "0A", eventName = "ObjectCreated:Put") {
  return {
    eventName,
    eventTime: "2024-05-01T12:00:00.000Z",
    s3: { bucket: { name: "b" }, object: { key, sequencer } },
  };
}

it("a name is read as it was before S3 encoded it like a form", () => {
  fc.assert(
    fc.property(documentNames, (name) => {
      const key = `documents/${new URLSearchParams({ k: name }).toString().slice(2)}`;
      expect(readEvent({ Records: [record(key)] })).toEqual([
        { kind: "written", name, time: "2024-05-01T12:00:00.000Z", sequencer: "0A" },
      ]);
    }),
  );
});

function bridged(key: string, type = "Object Created", deletion?: string) {
  return {
    "detail-type": type,
    source: "aws.s3",
    time: "2024-05-01T12:00:00Z",
    detail: { bucket: { name: "b" }, object: { key, sequencer: "0A" }, "deletion-type": deletion },
  };
}

it("through EventBridge a name comes as it is", () => {
  fc.assert(
    fc.property(documentNames, (name) => {
      expect(readEvent(bridged(`documents/${name}`))).toEqual([
        { kind: "written", name, time: "2024-05-01T12:00:00Z", sequencer: "0A" },
      ]);
    }),
  );
});

it.each([
  ["Object Created", undefined, "written"],
  ["Object Deleted", "Delete Marker Created", "deleted"],
  ["Object Deleted", "Permanently Deleted", "restored"],
])("through EventBridge %s (%s) means that a document is %s", (type, deletion, kind) => {
  expect(readEvent(bridged("documents/a", type, deletion))).toMatchObject([{ kind }]);
});

it("through EventBridge too, what is no document and no change of one is left alone", () => {
  expect(readEvent(bridged("metadata/a.json"))).toEqual([]);
  expect(readEvent(bridged("documents/a", "Object Tags Added"))).toEqual([]);
});

it("objects that are no documents are left alone", () => {
  expect(
    readEvent({ Records: [record("metadata/a.json"), record("documents/"), record("documents/a")] }),
  ).toEqual([expect.objectContaining({ name: "a" })]);
});

it.each([
  ["ObjectCreated:Put", "written"],
  ["ObjectCreated:CompleteMultipartUpload", "written"],
  ["ObjectRemoved:DeleteMarkerCreated", "deleted"],
  ["ObjectRemoved:Delete", "restored"],
])("%s means that a document is %s", (eventName, kind) => {
  expect(readEvent({ Records: [record("documents/a", "0A", eventName)] })).toMatchObject([{ kind }]);
});

it("other events are left alone", () => {
  expect(readEvent({ Records: [record("documents/a", "0A", "ObjectTagging:Put")] })).toEqual([]);
});

it.each([
  [{}, "Records"],
  [null, "expected object"],
  [{ Records: [{}] }, "Records[0].eventName"],
  ...["not hex", "0A!", "!0A", "", "0x0A"].map((sequencer): [object, string] => [
    { Records: [record("documents/a", sequencer)] },
    "Records[0].s3.object.sequencer",
  ]),
  [{ ...bridged("documents/a"), detail: {} }, "detail.object"],
])("an event that is none is refused with what is wrong in it (%#)", (event, wrong) => {
  expect(() => readEvent(event)).toThrow(/not an event of an S3 object/);
  expect(() => readEvent(event)).toThrow(wrong);
});
