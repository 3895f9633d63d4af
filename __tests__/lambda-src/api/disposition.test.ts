import { disposition } from "../../../lambda-src/api/disposition";

describe("a browser", () => {
  it.each(["text/plain", "text/plain; charset=utf-8", "Image/PNG", "application/json ;x=1"])(
    "shows %s",
    (contentType) => {
      expect(disposition(contentType)).toBe("inline");
    },
  );

  it.each([
    "text/html",
    "TEXT/HTML; charset=utf-8",
    "application/xhtml+xml",
    "image/svg+xml",
    "text/xml",
    "application/pdf",
    "application/octet-stream",
    "text/plain2",
    "x-text/plain",
    "text/html; a=text/plain",
    "",
  ])("saves %j", (contentType) => {
    expect(disposition(contentType)).toBe("attachment");
  });
});
