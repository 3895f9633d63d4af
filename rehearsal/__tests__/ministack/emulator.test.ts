import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { Credentials } from "../../src/aws/aws-context";
import { rootCredentials, startEmulator } from "../../src/ministack/emulator";
import { eventually } from "../support/eventually";
import { ACCOUNT, REGION, sessionOf, testEmulator } from "./fixture";

const folder = mkdtempSync(join(tmpdir(), "emulator-"));
const python = resolve(__dirname, "../../../.cache/venv/bin/python");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the emulator", () => {
  it("accepts root and sessions, refuses forged ones, and stops", async () => {
    const emulator = await testEmulator();
    try {
      const identity = (credentials: Credentials) =>
        new STSClient(emulator.client(credentials)).send(new GetCallerIdentityCommand({}));
      expect((await identity(rootCredentials(ACCOUNT))).Arn).toBe(`arn:aws:iam::${ACCOUNT}:root`);
      const session = await sessionOf(emulator, "reader", []);
      expect((await identity(session)).Arn).toMatch(/assumed-role\/reader/);
      await expect(identity({ ...session, secretAccessKey: "wrong" })).rejects.toThrow(/signature/i);
    } finally {
      await emulator.remove();
    }
    await expect(fetch(emulator.url)).rejects.toThrow();
  }, 120_000);

  it("listens on this machine only", async () => {
    const emulator = await testEmulator();
    try {
      const port = Number(new URL(emulator.url).port);
      const others = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
      for (const { address } of others.filter(({ internal, family }) => !internal && family === "IPv4")) {
        // Were the emulator listening there, the port would be taken.
        const server = createServer();
        await new Promise<void>((done, fail) => server.once("error", fail).listen(port, address, done));
        await new Promise((done) => server.close(done));
      }
    } finally {
      await emulator.remove();
    }
  }, 120_000);

  it("stops when the process that started it ends", async () => {
    const port = await new Promise<number>((done) => {
      const server = createServer().listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo;
        server.close(() => done(port));
      });
    });
    const launcher = resolve(__dirname, "../../../rehearsal/src/ministack/launcher.py");
    const env = {
      ...process.env,
      GATEWAY_PORT: `${port}`,
      IOT_MTLS_ENABLED: "0",
      SFTP_ENABLED: "0",
      TMPDIR: folder,
    };
    const shell = spawn("sh", ["-c", '"$0" "$1" & wait', python, launcher], { env, stdio: "ignore" });
    const answers = () =>
      fetch(`http://127.0.0.1:${port}/_ministack/health`).then(
        () => true,
        () => false,
      );
    await eventually("the emulator answers", answers);
    shell.kill("SIGKILL");
    await eventually("the emulator stops with its parent", async () => !(await answers()));
  }, 120_000);

  it("fails with the end of its log if it stops early", async () => {
    const start = startEmulator({ python, folder, account: ACCOUNT, region: REGION, without: ["no-such"] });
    await expect(start).rejects.toThrow(
      /ended \(exit code 1\) before it answered[^]*takes .*aws-events.*it has no-such/,
    );
  }, 120_000);

  it("fails with the port if that is in use, even if another server answers there", async () => {
    const squatter = createHttpServer((_, response) => response.end("{}")).listen(0, "127.0.0.1");
    await once(squatter, "listening");
    const { port } = squatter.address() as AddressInfo;
    const start = startEmulator({ python, folder, account: ACCOUNT, region: REGION, port });
    await expect(start).rejects.toThrow(`127.0.0.1:${port} is already in use`);
    squatter.close();
  }, 120_000);

  it("reports an unexpected end with the end of its log", async () => {
    const emulator = await testEmulator();
    emulator.process.kill("SIGKILL");
    expect(await emulator.lost).toMatch(
      /^The AWS emulator ended \(SIGKILL\). The end of .*emulator.log:\n[^]+/,
    );
    await emulator.remove();
  }, 120_000);

  it("reports nothing when it is stopped", async () => {
    const emulator = await testEmulator();
    const lost = jest.fn();
    void emulator.lost.then(lost);
    await emulator.remove();
    await new Promise((done) => setImmediate(done));
    expect(lost).not.toHaveBeenCalled();
  }, 120_000);

  it("fails with what to run if its environment is missing", async () => {
    const start = startEmulator({ python: join(folder, "none"), folder, account: ACCOUNT, region: REGION });
    await expect(start).rejects.toThrow("node tasks/setup.mjs rehearsal");
  });

  it("has the version that the launcher expects", () => {
    const read = (name: string) =>
      readFileSync(resolve(__dirname, "../../../rehearsal/src/ministack", name), "utf8");
    const pinned = /^ministack==(.+?) /m.exec(read("requirements.txt"))?.[1];
    expect(pinned).toBeDefined();
    expect(read("launcher.py")).toContain(`MINISTACK = "${pinned}"`);
  });
});
