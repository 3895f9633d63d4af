import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { eventually } from "../support/eventually";
import { Fixture, Receiver } from "./fixture";

const SECRET = "aSecretOfLettersAndDigits1";

let fixture: Fixture;
let receiver: Receiver;
beforeEach(async () => {
  fixture = await Fixture.start();
  receiver = await new Receiver().start();
});
afterEach(async () => {
  await fixture.stop();
  await receiver.stop();
});

async function push(): Promise<void> {
  await fixture.commit("a", String(Math.random()), "Change");
  await fixture.git("push", "--quiet", "origin", "main");
}

const hook = (config: Record<string, unknown>, rest: Record<string, unknown> = {}) =>
  fixture.hook({ config: { url: receiver.url, content_type: "json", ...config }, ...rest });

describe("a delivery", () => {
  it("is signed over the bytes that arrive", async () => {
    const { id } = await hook({ secret: SECRET });
    await push();
    await fixture.pushes(1);

    const { headers, body } = receiver.of("push")[0]!;
    const sign = (algorithm: string) => createHmac(algorithm, SECRET).update(body).digest("hex");
    expect(headers).toMatchObject({
      "content-type": "application/json",
      "x-hub-signature-256": `sha256=${sign("sha256")}`,
      "x-hub-signature": `sha1=${sign("sha1")}`,
      "x-github-hook-id": String(id),
      "x-github-delivery": fixture.deliveries("push")[0]!.guid,
    });
    expect(headers["user-agent"]).toMatch(/^GitHub-Hookshot\//);
  });

  it("carries no signature when the hook has no secret", async () => {
    await hook({});
    expect(receiver.of("ping")).toHaveLength(1);
    expect(Object.keys(receiver.of("ping")[0]!.headers).join()).not.toContain("signature");
  });

  it("is a form if the hook's content type is form, and signed as such", async () => {
    await hook({ content_type: "form", secret: SECRET });
    await push();
    const [payload] = await fixture.pushes(1);

    const { headers, body } = receiver.of("push")[0]!;
    expect(headers["content-type"]).toBe("application/x-www-form-urlencoded");
    expect(JSON.parse(new URLSearchParams(body).get("payload")!)).toEqual(payload);
    expect(headers["x-hub-signature-256"]).toBe(
      `sha256=${createHmac("sha256", SECRET).update(body).digest("hex")}`,
    );
  });

  it("of a ping follows the creation of a hook", async () => {
    const { id } = await hook({ secret: SECRET });
    expect(JSON.parse(receiver.of("ping")[0]!.body)).toMatchObject({
      hook_id: id,
      hook: { id, config: { secret: "********" } },
      repository: { full_name: "acme/api" },
    });
  });

  it("goes only to active hooks that want the event", async () => {
    const url = (name: string) => ({ url: `${receiver.url}/${name}` });
    await hook(url("other"), { events: ["release"] });
    await hook(url("inactive"), { active: false });
    const all = await hook(url("all"), { events: ["*"] });
    await push();
    await fixture.pushes(1);
    // A second round: had the first reached another hook, it would be in the log by now.
    await push();
    await fixture.pushes(2);
    expect(fixture.deliveries("push").map(({ hook_id }) => hook_id)).toEqual([all.id, all.id]);
  });

  it("records the receiver's error, and follows no redirect", async () => {
    await hook({});
    receiver.status = 302;
    await push();
    await fixture.pushes(1);
    expect(fixture.deliveries("push")[0]).toMatchObject({
      status: "Invalid HTTP Response: 302",
      status_code: 302,
      response: { payload: "noted" },
    });
    expect(receiver.of("push")).toHaveLength(1);
  });

  it("fails with the reason if no server listens", async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;
    await new Promise((done) => server.close(done));

    await hook({ url: `http://127.0.0.1:${port}/` });
    expect(fixture.deliveries("ping")[0]).toMatchObject({
      status: "failed to connect to host",
      status_code: 502,
    });
  });

  it("can be repeated under its guid", async () => {
    const { id } = await hook({ secret: SECRET });
    await push();
    await fixture.pushes(1);
    const [first] = fixture.deliveries("push");

    const route = `/repos/acme/api/hooks/${id}/deliveries`;
    const answer = await fixture.rest("POST", `${route}/${first!.id}/attempts`);
    expect(answer.status).toBe(202);
    await fixture.pushes(2);

    const [sent, again] = receiver.of("push");
    expect(again!.body).toBe(sent!.body);
    expect(again!.headers["x-github-delivery"]).toBe(sent!.headers["x-github-delivery"]);
    const list = (await (await fixture.rest("GET", route)).json()) as unknown[];
    expect(list.slice(0, 2)).toMatchObject([
      { guid: first!.guid, redelivery: true },
      { guid: first!.guid, redelivery: false, id: first!.id },
    ]);
  });

  it("is remembered among the last hundred, without the secret", async () => {
    const { id } = await hook({ secret: SECRET });
    for (let count = 0; count < 105; count++) {
      expect((await fixture.rest("POST", `/repos/acme/api/hooks/${id}/pings`)).status).toBe(204);
    }
    await eventually(
      "the last ping is delivered",
      () => receiver.received.length === 106 && fixture.gitHub.deliveries().at(-1)?.id === 106,
    );
    expect(fixture.gitHub.deliveries()).toHaveLength(100);
    expect(JSON.stringify(fixture.gitHub.deliveries())).not.toContain(SECRET);
  });

  it("is aborted when the server stops", async () => {
    const silent = createServer();
    await new Promise<void>((done) => silent.listen(0, "127.0.0.1", done));
    const asked = new Promise((done) => silent.once("request", done));
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
    expect((await fixture.rest("POST", "/repos/acme/api/hooks", { config: { url } })).status).toBe(201);
    await asked;

    await fixture.gitHub.stop();
    expect(fixture.deliveries("ping")).toHaveLength(1);
    silent.closeAllConnections();
    await new Promise((done) => silent.close(done));
  });
});
