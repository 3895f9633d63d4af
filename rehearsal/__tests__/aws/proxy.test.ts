import { once } from "node:events";
import { request, type IncomingMessage, type RequestListener } from "node:http";
import { Proxy } from "../../src/aws/proxy";
import { call, serve } from "../../../__tests__/support/http";

/** A proxy before an emulator of the test's own. */
async function proxied(emulator: RequestListener) {
  const behind = await serve(emulator);
  const proxy = new Proxy(behind.url, "/session/emulator.log");
  const front = await serve((incoming, response) => void proxy.forward(incoming, response));
  const stop = () => {
    proxy.stop();
    for (const { server } of [front, behind]) {
      server.close();
      server.closeAllConnections();
    }
  };
  return { url: front.url, emulator: behind.server, stop };
}

it("forwards method, raw path, headers and body unchanged", async () => {
  let seen: { method?: string; url?: string; raw: string[]; body: string } | undefined;
  const { url, stop } = await proxied((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const { method, rawHeaders: raw } = incoming;
      seen = { method, url: incoming.url, raw, body: Buffer.concat(chunks).toString() };
      response.writeHead(207, { "X-Answer": ["one", "two"] }).end("answer");
    });
  });
  const path = "/bucket//a%2Fb/../%7Ec?x=1&y=%20&x=2";
  const headers = {
    Host: "s3.eu-west-1.amazonaws.com",
    Authorization: "AWS4-HMAC-SHA256 x",
    "X-Two": ["1", "2"],
  };
  const { hostname, port } = new URL(url);
  const answer = await call(url, { hostname, port, path, method: "PUT", headers }, "body");
  stop();
  expect(seen).toMatchObject({ method: "PUT", url: path, body: "body" });
  const sent = seen!.raw.join("\n");
  expect(sent).toContain("Host\ns3.eu-west-1.amazonaws.com");
  expect(sent).toContain("Authorization\nAWS4-HMAC-SHA256 x");
  expect(sent).toContain("X-Two\n1\nX-Two\n2");
  expect(answer).toMatchObject({ status: 207, body: "answer", headers: { "x-answer": "one, two" } });
});

it("streams bodies in both directions", async () => {
  const { url, stop } = await proxied((incoming, response) => {
    incoming.pipe(response);
  });
  const sent = request(url, { method: "POST" });
  sent.write("first");
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const [first] = (await once(response, "data")) as [Buffer];
  expect(first.toString()).toBe("first");
  sent.end("last");
  const [last] = (await once(response, "data")) as [Buffer];
  expect(last.toString()).toBe("last");
  stop();
});

it("does not make an incomplete response look complete", async () => {
  const { url, stop } = await proxied((_, response) => {
    response.writeHead(200);
    response.write("half", () => response.destroy());
  });
  await expect(call(url)).rejects.toThrow();
  stop();
});

it.each(["sends", "receives"])("survives a client that disconnects while it %s", async (how) => {
  const left: Promise<unknown>[] = [];
  const { url, stop } = await proxied((incoming, response) => {
    if (incoming.url === "/") return void response.end("fine");
    left.push(once(response, "close"));
    incoming.resume();
    // More than fits on the way, so that something is always being sent.
    if (how === "receives") response.write(Buffer.alloc(64 * 1024 * 1024));
  });
  const leaving = request(`${url}/half`, { method: "PUT" });
  leaving.on("error", () => undefined);
  leaving.write(Buffer.alloc(1024 * 1024));
  if (how === "receives") {
    leaving.end();
    const [response] = (await once(leaving, "response")) as [IncomingMessage];
    await once(response, "data");
  } else {
    while (left.length === 0) await new Promise(setImmediate);
  }
  leaving.destroy();
  await left[0];
  expect(await call(url)).toMatchObject({ status: 200, body: "fine" });
  stop();
});

it.each([
  ["application/x-amz-json-1.0", '"__type":"ServiceUnavailable"'],
  ["application/x-www-form-urlencoded", "<ErrorResponse><Error><Code>ServiceUnavailable</Code>"],
  ["application/octet-stream", "<Error><Code>ServiceUnavailable</Code>"],
])("sends a client of %s an error in its protocol if the emulator is down", async (type, error) => {
  const { url, emulator, stop } = await proxied(() => undefined);
  emulator.close();
  await once(emulator, "close");
  const answer = await call(url, { method: "POST", headers: { "Content-Type": type } }, "x");
  stop();
  expect(answer.status).toBe(503);
  expect(answer.body).toContain(error);
  expect(answer.body).toContain("ECONNREFUSED");
});
