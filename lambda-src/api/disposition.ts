/** Media types that a browser shows without running anything in them. */
const SHOWN: ReadonlySet<string> = new Set([
  "application/json",
  "image/avif",
  "image/gif",
  "image/jpeg",
  "image/png",
  "image/webp",
  "text/csv",
  "text/plain",
]);

/**
 * Returns what a browser does with content that a user has stored. It saves what it could run, such as HTML, SVG and
 * PDF: the content is under this API's own origin. A list of types that are shown, not of those that run: browsers
 * differ in the latter (https://mimesniff.spec.whatwg.org/#scriptable-mime-type).
 */
export function disposition(contentType: string): "inline" | "attachment" {
  const [essence = ""] = contentType.split(";");
  return SHOWN.has(essence.trim().toLowerCase()) ? "inline" : "attachment";
}
