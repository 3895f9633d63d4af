import fc from "fast-check";
import { asRequestEvent } from "../../../lambda-src/api/http-event";
import { httpEvent } from "../support/http-events";
import { documentNames } from "../support/names";

it("a path is encoded throughout, whether it came in decoded or not", () => {
  fc.assert(
    fc.property(documentNames, (name) => {
      const path = `/documents/${encodeURIComponent(name)}`;
      const event = httpEvent("GET", path);
      expect(asRequestEvent(event).rawPath).toBe(path);
      expect(asRequestEvent({ ...event, rawPath: path }).rawPath).toBe(path);
    }),
  );
});

it.each(["/documents/..", "/documents/.", "/documents/%2E%2e", "/../health"])(
  "%s is refused instead of being resolved to another path",
  (path) => expect(() => asRequestEvent(httpEvent("GET", path))).toThrow(/cannot be a document name/),
);

it.each(["/documents/100%", "/documents/%ff", "/documents/\uD800"])(
  "%j is refused as no encoded path",
  (rawPath) =>
    expect(() => asRequestEvent(httpEvent("GET", "/", { rawPath }))).toThrow(/percent-encoded UTF-8/),
);

it("text that API Gateway could not read as UTF-8 is refused, not stored damaged", () => {
  const event = httpEvent("PUT", "/documents/a", { body: "caf\uFFFD", headers: { "content-length": "4" } });
  expect(() => asRequestEvent(event)).toThrow(/application\/octet-stream/);
  expect(asRequestEvent({ ...event, body: "café", headers: { "content-length": "5" } }).body).toBe("café");
});

it("a body where none belongs is left out", () => {
  expect(asRequestEvent(httpEvent("GET", "/", { body: "x" })).body).toBeNull();
});

it("drops headers that no HTTP request can have, and keeps the others", () => {
  const headers = {
    accept: "text/plain",
    "x-note": "\u{1F4A7}",
    "x\u0000": "a",
    "content-type": "text/plain\u0000",
  };
  expect(asRequestEvent(httpEvent("PUT", "/documents/a", { headers })).headers).toEqual({
    accept: "text/plain",
  });
});
