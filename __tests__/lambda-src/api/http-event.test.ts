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

it("text is compared with the length that the client has sent, and only where there are both", () => {
  const event = (more: object) => httpEvent("PUT", "/documents/a", more);
  const unchecked = [
    event({ body: "text" }),
    event({ headers: { "content-length": "4" } }),
    event({ body: "dGV4dA==", isBase64Encoded: true, headers: { "content-length": "4" } }),
  ];
  for (const one of unchecked) expect(asRequestEvent(one).body).toBe(one.body);
});

it.each(["GET", "HEAD"])("a body where none belongs is left out of %s", (method) => {
  const event = httpEvent(method, "/", { body: "x", headers: { "content-length": "4" } });
  expect(asRequestEvent(event).body).toBeNull();
});

it.each(["CONNECT", "TRACE", "TRACK"])("%s is refused, and the error names it", (method) => {
  expect(() => asRequestEvent(httpEvent(method, "/"))).toThrow(`Nothing answers ${method}.`);
});

it("drops headers that no HTTP request can have, and keeps the others", () => {
  const headers = {
    accept: "text/plain",
    "x-latin": "\t \x7e\x80\xff",
    "x-empty": "",
    "!#$%&'*+.^`|~-": "a",
    "x-note": "\u{1F4A7}",
    "x-behind": "a\u{1F4A7}",
    "x-before": "\u{1F4A7}a",
    "x\u0000": "a",
    "\u0000x": "a",
    "": "a",
    "content-type": "text/plain\u0000",
  };
  expect(asRequestEvent(httpEvent("PUT", "/documents/a", { headers })).headers).toEqual({
    accept: "text/plain",
    "x-latin": "\t \x7e\x80\xff",
    "x-empty": "",
    "!#$%&'*+.^`|~-": "a",
  });
  const undefinedValue = { "x-empty": undefined } as unknown as Record<string, string>;
  expect(asRequestEvent(httpEvent("PUT", "/", { headers: undefinedValue })).headers).toHaveProperty(
    "x-empty",
  );
});
