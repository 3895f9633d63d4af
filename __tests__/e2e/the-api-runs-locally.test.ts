import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { DeleteObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { bundle } from "../../tasks/bundle/bundle";
import { eventually } from "../../rehearsal/__tests__/support/eventually";
import { LocalApi, project } from "./local-api";

jest.setTimeout(180_000);

let api: LocalApi;

beforeAll(async () => {
  api = new LocalApi();
  await api.start("--port", "0");
}, 120_000);
afterAll(() => api.remove());

const health = async () => (await (await fetch(`${api.url}/health`)).json()) as Record<string, unknown>;

/** Waits until the health has a value. */
async function until(key: string, value: unknown): Promise<void> {
  await eventually(`${key} is ${String(value)}`, async () => (await health())[key] === value);
}

async function passIntegrationTests({ root, exported }: LocalApi): Promise<void> {
  const files = (await bundle(project, join(root, "dist")))
    .map(({ file }) => file)
    .filter((file) => file.endsWith(".test.mjs"));
  expect(files.length).toBeGreaterThan(0);
  const { stdout } = await promisify(execFile)(process.execPath, ["--test", ...files], {
    env: { ...process.env, ...exported, NODE_TEST_CONTEXT: undefined },
  });
  expect(stdout).toMatch(/fail 0/);
  expect(stdout).not.toMatch(/pass 0/);
}

describe("npm run dev", () => {
  it("passes the integration tests of the deployed API", () => passIntegrationTests(api));

  it("reads .env, and deploys nothing", async () => {
    expect(api.exported.BUCKET).toBe("acme-dev");
    expect(await health()).toEqual({
      status: "ok",
      environment: "local",
      commit: "local",
      version: "$LATEST",
      versionCommit: "local",
    });
  });

  it("reloads a saved file, keeps the last version when a file is broken, and reloads the fixed file", async () => {
    const app = "lambda-src/api/app.ts";
    api.edit(app, '"ok" as const', '"ok" as const, saved: 1');
    await until("saved", 1);

    const whole = readFileSync(join(api.root, app), "utf8");
    writeFileSync(join(api.root, app), `${whole}\nconst = 1;\n`);
    await api.npm.prints("api continues with the previous version.");
    expect(api.npm.printed).toMatch(/lambda-src\/api\/app\.ts:\d+:\d+/);
    expect(await health()).toMatchObject({ saved: 1 });

    // This one compiles, but throws when it is loaded.
    writeFileSync(join(api.root, app), `${whole}\nthrow new Error("not today");\n`);
    await api.npm.prints("Error: not today");
    expect(await health()).toMatchObject({ saved: 1 });

    writeFileSync(join(api.root, app), whole.replace("saved: 1", "saved: 2"));
    await until("saved", 2);
  });

  it("reloads the function for documents too", async () => {
    api.edit(
      "lambda-src/record-object/handler.ts",
      "for (const",
      'console.log("called again");\n  for (const',
    );
    await api.npm.prints("Reloaded record-object");
    await fetch(`${api.url}/documents/a`, { method: "PUT", body: "x" });
    await api.npm.prints("called again");
  });

  it("removes the record of an object deleted in the bucket, and records a restored version", async () => {
    const { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region, BUCKET: Bucket } = api.exported;
    const credentials = {
      accessKeyId: api.exported.AWS_ACCESS_KEY_ID!,
      secretAccessKey: api.exported.AWS_SECRET_ACCESS_KEY!,
    };
    const s3 = new S3Client({ endpoint, region, credentials });
    const Key = "documents/versions";
    const put = async (Body: string) =>
      (await s3.send(new PutObjectCommand({ Bucket, Key, Body }))).VersionId;
    const recorded = async () => {
      const response = await fetch(`${api.url}/documents/versions/metadata`);
      return response.ok ? ((await response.json()) as { size: number }).size : undefined;
    };
    const becomes = async (size: number) => {
      await eventually(`the recorded size is ${size}`, async () => (await recorded()) === size);
    };

    await put("first");
    await becomes(5);
    const VersionId = await put("second!");
    await becomes(7);
    await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
    await becomes(5);

    await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    const metadata = { Bucket, Key: "metadata/versions.json" };
    const isThere = () =>
      s3.send(new HeadObjectCommand(metadata)).then(
        () => true,
        (error: Error) => error.name !== "NotFound",
      );
    await eventually("the record is removed", async () => !(await isThere()));
  });

  it("responds with 500 like API Gateway when a function exits, and then responds again", async () => {
    api.edit(
      "lambda-src/api/documents.ts",
      "const [{ ETag }, record]",
      'if (name === "end") process.exit(3);\n    const [{ ETag }, record]',
    );
    const status = async () => (await fetch(`${api.url}/documents/end/metadata`)).status;
    await eventually("the reloaded function exits", async () => (await status()) === 500);
    expect((await fetch(`${api.url}/health`)).status).toBe(200);
  });

  it.each([
    ["jwt", 401],
    ["iam", 403],
  ])("authorizes requests with service_auth=%s as the deployed API does", async (auth, status) => {
    const closed = new LocalApi([`service_auth=${auth}`]);
    try {
      await closed.start("--port", "0");
      expect((await fetch(`${closed.url}/documents`)).status).toBe(status);
      expect((await fetch(`${closed.url}/health`)).status).toBe(200);
      await passIntegrationTests(closed);
    } finally {
      closed.remove();
    }
  });

  it("reports a port that is in use with another one, and leaves no process", async () => {
    const second = new LocalApi();
    try {
      const { port } = new URL(api.url);
      const npm = second.run("--port", port);
      expect(await npm.exit()).toBe(1);
      expect(npm.printed.trim()).toBe(
        `Port ${port} is in use. Choose another: npm run dev -- --port ${Number(port) + 1}`,
      );
      expect(npm.descendants()).toEqual([]);
    } finally {
      second.remove();
    }
  });

  it("reports an invalid setting before anything starts", async () => {
    const wrong = new LocalApi();
    try {
      writeFileSync(join(wrong.root, ".env"), "hw_stack_bucket_name=No Bucket\n");
      const npm = wrong.run("--port", "0");
      expect(await npm.exit()).toBe(1);
      expect(npm.printed).toMatch(
        /^Invalid setting hw_stack_bucket_name="No Bucket": must be an S3 bucket name/,
      );
      expect(existsSync(join(wrong.root, ".rehearsal"))).toBe(false);
    } finally {
      wrong.remove();
    }
  });

  it("stops everything on Ctrl-C", async () => {
    api.npm.ctrlC();
    await api.npm.exit();
    await api.npm.descendantsExit();
    expect(readdirSync(join(api.root, ".rehearsal"))).toEqual([]);
  });
});
