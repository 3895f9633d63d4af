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

test("a name is read as it was before S3 encoded it like a form", () => {
  fc.assert(
    fc.property(documentNames, (name) => {
      const key = `documents/${new URLSearchParams({ k: name }).toString().slice(2)}`;
      expect(readEvent({ Records: [record(key)] })).toEqual([
        { kind: "written", name, time: "2024-05-01T12:00:00.000Z", sequencer: "0A" },
      ]);
    }),
  );
});

test("objects that are no documents are left alone", () => {
  expect(
    readEvent({ Records: [record("metadata/a.json"), record("documents/"), record("documents/a")] }),
  ).toEqual([expect.objectContaining({ name: "a" })]);
});

test.each([
  ["ObjectCreated:Put", "written"],
  ["ObjectCreated:CompleteMultipartUpload", "written"],
  ["ObjectRemoved:DeleteMarkerCreated", "deleted"],
  ["ObjectRemoved:Delete", "restored"],
])("%s means that a document is %s", (eventName, kind) => {
  expect(readEvent({ Records: [record("documents/a", "0A", eventName)] })).toMatchObject([{ kind }]);
});

test("other events are left alone", () => {
  expect(readEvent({ Records: [record("documents/a", "0A", "ObjectTagging:Put")] })).toEqual([]);
});

test.each([{}, null, { Records: [{}] }, { Records: [record("documents/a", "not hex")] }])(
  "an event that is none is refused with what is wrong in it (%#)",
  (event) => expect(() => readEvent(event)).toThrow(/not an event of an S3 object.*/),
);
