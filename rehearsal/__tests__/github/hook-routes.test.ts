import { Fixture, Receiver } from "./fixture";

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

const HOOKS = "/repos/acme/api/hooks";

const hook = () =>
  fixture.hook({
    name: "web",
    events: ["push"],
    config: { url: receiver.url, content_type: "json", insecure_ssl: 0, secret: "before" },
  });

describe("webhooks", () => {
  it("are shown with the secret masked, everywhere", async () => {
    const created = await hook();
    const expected = {
      id: created.id,
      active: true,
      events: ["push"],
      config: { url: receiver.url, content_type: "json", insecure_ssl: "0", secret: "********" },
    };
    expect(created).toMatchObject(expected);
    expect(await (await fixture.rest("GET", HOOKS)).json()).toMatchObject([expected]);
    expect(await (await fixture.rest("GET", `${HOOKS}/${created.id}`)).json()).toMatchObject({
      ...expected,
      last_response: { code: 200 },
    });
  });

  it("change what a request names, and nothing else", async () => {
    const { id } = await hook();
    const change = async (body: unknown) =>
      await (await fixture.rest("PATCH", `${HOOKS}/${id}`, body)).json();

    expect(await change({ active: false })).toMatchObject({
      active: false,
      events: ["push"],
      config: { url: receiver.url, secret: "********" },
    });
    expect(await change({ add_events: ["release"], remove_events: ["push"] })).toMatchObject({
      active: false,
      events: ["release"],
    });
  });

  it("lose a secret that a new configuration does not repeat", async () => {
    const { id } = await hook();
    const config = { url: receiver.url, content_type: "json" };
    const answer = await fixture.rest("PATCH", `${HOOKS}/${id}`, { config });
    expect(await answer.json()).toMatchObject({ config });

    await fixture.rest("POST", `${HOOKS}/${id}/pings`);
    while (receiver.of("ping").length < 2) await new Promise((done) => setTimeout(done, 10));
    const [signed, unsigned] = receiver.of("ping");
    expect(signed!.headers).toHaveProperty("x-hub-signature-256");
    expect(unsigned!.headers).not.toHaveProperty("x-hub-signature-256");
  });

  it("are gone when deleted", async () => {
    const { id } = await hook();
    expect((await fixture.rest("DELETE", `${HOOKS}/${id}`)).status).toBe(204);
    expect((await fixture.rest("DELETE", `${HOOKS}/${id}`)).status).toBe(404);
    expect(await (await fixture.rest("GET", HOOKS)).json()).toEqual([]);
  });

  it.each([
    [{}, "URL"],
    [{ config: {} }, "URL"],
    [{ config: { url: "nonsense" } }, "url is not supported"],
    [{ config: { url: "https://example.com/hook" } }, "this machine only"],
    [{ config: { url: "http://127.0.0.1.example.com/" } }, "this machine only"],
    [{ config: { url: "http://127.0.0.1:9/", content_type: "xml" } }, "content_type"],
    [{ config: { url: "http://127.0.0.1:9/" }, events: [] }, "events"],
  ])("are refused when wrong: %j", async (body, reason) => {
    const answer = await fixture.rest("POST", HOOKS, body);
    expect(answer.status).toBe(422);
    const problem = (await answer.json()) as { message: string; errors: { message: string }[] };
    expect(problem.message).toBe("Validation Failed");
    expect(problem.errors.map(({ message }) => message).join()).toContain(reason);
    expect(await (await fixture.rest("GET", HOOKS)).json()).toEqual([]);
  });

  it("are refused twice for the same address and event", async () => {
    await hook();
    const config = { url: receiver.url, content_type: "json" };
    const answer = await fixture.rest("POST", HOOKS, { config, events: ["push", "release"] });
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain("Hook already exists on this repository");
    expect((await fixture.rest("POST", HOOKS, { config, events: ["release"] })).status).toBe(201);
  });
});
