import { verificationDocument } from "../../../stacks/names";
import { verify } from "../../../tasks/releases/verification";
import { documentsApi, type DocumentsApi } from "../../support/documents-api";

const VERSION = "7";
const limits = { answered: 100, processed: 100, between: 5 };
const document = `/documents/${verificationDocument}`;

let api: DocumentsApi;

beforeEach(async () => {
  api = await documentsApi(VERSION);
});
afterEach(() => api.stop());

const verified = (version: string | undefined = VERSION) => verify(api.url, version, limits);

describe("the verification of production", () => {
  it("asks for the health, and stores, looks up and deletes one document", async () => {
    await verified();
    expect(api.requests).toEqual([
      "GET /health",
      `GET ${document}`,
      `PUT ${document}`,
      `GET ${document}/metadata`,
      `GET ${document}`,
      `DELETE ${document}`,
    ]);
    expect(api.documents).toEqual(new Map());
  });

  it("deletes the document of an interrupted verification first", async () => {
    api.refuse = (request) => (request.startsWith("DELETE") ? 500 : undefined);
    await expect(verified()).rejects.toThrow(`DELETE ${document} answered 500: refused`);
    expect([...api.documents.keys()]).toEqual([verificationDocument]);
    api.refuse = () => undefined;
    await verified();
    expect(api.documents).toEqual(new Map());
  });

  it("refuses to replace a user's document of the same name", async () => {
    api.documents.set(verificationDocument, "A letter");
    await expect(verified()).rejects.toThrow(
      /heavy-water-verification is not one of the pipeline, which reserves this name\. Store it under another name/,
    );
    expect(api.documents.get(verificationDocument)).toBe("A letter");
  });

  it("fails if the API answers with another version, unless any version can be live", async () => {
    api.version = "6";
    await expect(verified()).rejects.toThrow("GET /health answered with version 6, not with 7.");
    await expect(verify(api.url, undefined, limits)).resolves.toBeUndefined();
    // A service of your own may not report it.
    api.version = undefined;
    await expect(verified()).resolves.toBeUndefined();
  });

  it("fails if the document is not processed in time", async () => {
    api.processes = false;
    await expect(verified()).rejects.toThrow(`GET ${document}/metadata answered 404: not_processed`);
  });

  it("fails if the metadata is of other content", async () => {
    api.requests.push = (...lines: string[]) => {
      if (lines[0]?.endsWith("/metadata")) api.documents.set(verificationDocument, "other");
      return Array.prototype.push.apply(api.requests, lines);
    };
    await expect(verified()).rejects.toThrow(/has the SHA-256 \w{64}, not \w{64}\./);
  });

  it("repeats a request that is refused once", async () => {
    const refused = new Set<string>();
    api.refuse = (request) => {
      if (refused.has(request)) return undefined;
      refused.add(request);
      return 429;
    };
    // No request is repeated after its time, which a busy machine can need for the first.
    const patient = { ...limits, answered: 30_000, processed: 30_000 };
    await expect(verify(api.url, VERSION, patient)).resolves.toBeUndefined();
    expect(refused.size).toBe(5);
  });

  it("names the request that gets no answer", async () => {
    api.stop();
    await expect(verified()).rejects.toThrow(/^GET \/health was not answered: .*ECONNREFUSED/);
  });
});
