import { createHash } from "node:crypto";
import { text } from "node:stream/consumers";
import { serve } from "./http";

/** An HTTP API with documents, as production answers. */
export interface DocumentsApi {
  readonly url: string;
  /** The documents by name. */
  readonly documents: Map<string, string>;
  /** Every request, such as `PUT /documents/a`. */
  readonly requests: string[];
  /** The version of the function that answers; undefined if it does not report it. */
  version: string | undefined;
  /** Whether a stored document is processed. */
  processes: boolean;
  /** Answers a request with this status instead; undefined answers it as usual. */
  refuse: (request: string) => number | undefined;
  readonly stop: () => void;
}

export async function documentsApi(version: string): Promise<DocumentsApi> {
  const { server, url } = await serve((request, response) => {
    const line = `${request.method} ${request.url}`;
    api.requests.push(line);
    void text(request).then((body) => {
      const refused = api.refuse(line);
      const [status, answer] = refused === undefined ? answerTo(line, body) : [refused, "refused"];
      response.writeHead(status);
      response.end(answer);
    });
  });
  const api: DocumentsApi = {
    url,
    documents: new Map(),
    requests: [],
    version,
    processes: true,
    refuse: () => undefined,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };

  function answerTo(line: string, body: string): [number, string] {
    if (line === "GET /health") return [200, JSON.stringify({ status: "ok", version: api.version })];
    const [, method, name = "", part] = /^(\w+) \/documents\/([^/]+)(\/metadata)?$/.exec(line) ?? [];
    const content = api.documents.get(name);
    if (method === "PUT") {
      api.documents.set(name, body);
      return [201, "{}"];
    }
    if (content === undefined) return [404, "unknown_document"];
    if (method === "DELETE") return [api.documents.delete(name) ? 204 : 404, ""];
    if (part === undefined) return [200, content];
    const sha256 = createHash("sha256").update(content).digest("hex");
    return api.processes ? [200, JSON.stringify({ sha256 })] : [404, "not_processed"];
  }

  return api;
}
