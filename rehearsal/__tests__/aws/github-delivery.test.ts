import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, request as httpRequest, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import fc from "fast-check";
import {
  answerDelivery,
  DeliveryRejected,
  isSignedWith,
  readDelivery,
  SeenDeliveries,
  type GitHubDelivery,
} from "../../src/aws/github-delivery";

const sign = (algorithm: "sha1" | "sha256", secret: string, body: Buffer) =>
  `${algorithm}=${createHmac(algorithm, secret).update(body).digest("hex")}`;

const body = Buffer.from('{"ref":"refs/heads/main"}');
const sha256 = sign("sha256", "secret", body);
const sha1 = sign("sha1", "secret", body);

describe("a signature", () => {
  it("is that of GitHub's documented example", () => {
    // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
    const example = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    expect(isSignedWith("It's a Secret to Everybody", Buffer.from("Hello, World!"), example, undefined)).toBe(
      true,
    );
  });

  it("is valid with SHA-256, and with SHA-1 only without SHA-256", () => {
    expect(isSignedWith("secret", body, sha256, undefined)).toBe(true);
    expect(isSignedWith("secret", body, undefined, sha1)).toBe(true);
    expect(isSignedWith("secret", body, sha256, "sha1=wrong")).toBe(true);
    expect(isSignedWith("secret", body, "sha256=wrong", sha1)).toBe(false);
    expect(isSignedWith("secret", body, "", sha1)).toBe(false);
    expect(isSignedWith("secret", body, undefined, undefined)).toBe(false);
  });

  it.each([
    ["the algorithm is missing", sha256.slice("sha256=".length)],
    ["the algorithm is another", sha1],
    ["it is cut", sha256.slice(0, -1)],
    ["it is longer", `${sha256}0`],
    ["one digit is another", sha256.slice(0, -1) + (sha256.endsWith("0") ? "1" : "0")],
    ["it is in capitals", sha256.toUpperCase()],
    ["it is empty", ""],
  ])("is invalid if %s", (_, signature) => {
    expect(isSignedWith("secret", body, signature, undefined)).toBe(false);
  });

  it("is valid only for its secret and its body", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.uint8Array(), fc.uint8Array(), (secret, other, one, two) => {
        const [first, second] = [Buffer.from(one), Buffer.from(two)];
        const signature = sign("sha256", secret, first);
        expect(isSignedWith(secret, first, signature, undefined)).toBe(true);
        expect(isSignedWith(secret, second, signature, undefined)).toBe(first.equals(second));
        // HMAC fills a short key up with zeros, so only such keys are the same.
        fc.pre(other.replace(/\0+$/, "") !== secret.replace(/\0+$/, ""));
        expect(isSignedWith(other, first, signature, undefined)).toBe(false);
      }),
    );
  });
});

describe("a repeated delivery", () => {
  const other = Buffer.from("other");

  it("is recognized by its ID, and by its body if it is signed", () => {
    const signed = new SeenDeliveries();
    expect(signed.isRepeated(body, "1", true)).toBe(false);
    expect(signed.isRepeated(other, "1", true)).toBe(true);
    expect(signed.isRepeated(body, "2", true)).toBe(true);
    expect(signed.isRepeated(body, undefined, true)).toBe(true);
    expect(signed.isRepeated(Buffer.from("new"), "3", true)).toBe(false);
  });

  it("is not recognized by an unsigned body", () => {
    const unsigned = new SeenDeliveries();
    expect(unsigned.isRepeated(body, "1", false)).toBe(false);
    expect(unsigned.isRepeated(body, "2", false)).toBe(false);
    expect(unsigned.isRepeated(body, undefined, false)).toBe(false);
    expect(unsigned.isRepeated(body, undefined, false)).toBe(false);
    expect(unsigned.isRepeated(body, "1", false)).toBe(true);
  });

  it("is recognized among the last two thousand", () => {
    const seen = new SeenDeliveries();
    for (let id = 0; id < 2001; id++) seen.isRepeated(body, String(id), false);
    expect(seen.isRepeated(body, "2000", false)).toBe(true);
    expect(seen.isRepeated(body, "1", false)).toBe(true);
    expect(seen.isRepeated(body, "0", false)).toBe(false);
    expect(seen.isRepeated(body, "2", false)).toBe(true);
    expect(seen.isRepeated(body, "1", false)).toBe(false);
  });
});

describe("reading a delivery", () => {
  let server: Server;
  let delivery: GitHubDelivery | undefined;
  let signatures: (string | undefined)[];
  let isSigned: boolean;

  beforeEach(async () => {
    [delivery, signatures, isSigned] = [undefined, [], true];
    server = createServer((request, response) => {
      readDelivery(request, (signed, ...both) => {
        signatures = [signed.toString(), ...both];
        return isSigned;
      }).then(
        (found) => {
          delivery = found;
          answerDelivery(response, 200, "taken");
        },
        (error: DeliveryRejected) => answerDelivery(response, error.status, error.message),
      );
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterEach(() => server.close());

  const port = () => (server.address() as AddressInfo).port;

  async function post(content: string, headers: Record<string, string> = {}) {
    const request = httpRequest({ host: "127.0.0.1", port: port(), method: "POST", headers });
    request.end(content);
    const [response] = (await once(request, "response")) as [import("node:http").IncomingMessage];
    return { status: response.statusCode, headers: response.headers, body: await text(response) };
  }

  it("returns its ID, event, body and payload, and passes both signatures to the check", async () => {
    const answer = await post(body.toString(), {
      "X-GitHub-Delivery": "an-id",
      "X-GitHub-Event": "push",
      "X-Hub-Signature-256": sha256,
      "X-Hub-Signature": sha1,
    });
    expect(answer).toMatchObject({ status: 200, body: '{"message":"taken"}' });
    expect(answer.headers).toMatchObject({ "content-type": "application/json", "content-length": "19" });
    expect(delivery).toEqual({ id: "an-id", event: "push", body, payload: { ref: "refs/heads/main" } });
    expect(signatures).toEqual([body.toString(), sha256, sha1]);
  });

  it("rejects one with an invalid signature before it parses the body", async () => {
    isSigned = false;
    expect(await post("no JSON")).toMatchObject({
      status: 403,
      body: expect.stringContaining("The signature is missing") as string,
    });
    expect(signatures).toEqual(["no JSON", undefined, undefined]);
  });

  it.each(["no JSON", "null", '"text"', "1", ""])(
    "rejects the body %j, which is not an object",
    async (content) => {
      expect(await post(content)).toMatchObject({
        status: 400,
        body: expect.stringContaining("must be json") as string,
      });
      expect(delivery).toBeUndefined();
    },
  );

  it("rejects a body of more than 25 MB, and closes the connection", async () => {
    const large = await post("x", { "Content-Length": String(25 * 1024 * 1024 + 1) });
    expect(large.status).toBe(413);
    expect(large.headers.connection).toBe("close");
  });

  it("rejects an incomplete body", async () => {
    const refused = new Promise<DeliveryRejected>((resolve) => {
      server.removeAllListeners("request");
      server.on("request", (request: import("node:http").IncomingMessage) => {
        readDelivery(request, () => true).catch(resolve);
      });
    });
    const socket = connect(port(), "127.0.0.1");
    socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\npart", () => socket.destroy());
    expect(await refused).toMatchObject({ status: 400, message: "The body is incomplete." });
  });

  it("keeps the connection after a complete body, and closes it after 404", async () => {
    expect((await post(body.toString(), { Connection: "keep-alive" })).headers.connection).toBe("keep-alive");
    server.removeAllListeners("request");
    server.on("request", (_request, response: import("node:http").ServerResponse) =>
      answerDelivery(response, 404, "no such webhook"),
    );
    expect((await post("x", { Connection: "keep-alive" })).headers.connection).toBe("close");
  });
});
