import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { DeleteObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { bundle } from "../../tasks/bundle/bundle";
import { LocalApi, project } from "./local-api";

jest.setTimeout(180_000);

let api: LocalApi;

beforeAll(async () => {
  api = new LocalApi();
  await api.start("--port", "0");
}, 120_000);
afterAll(() => api.remove());

const health = async () => (await (await fetch(`${api.url}/health`)).json()) as Record<string, unknown>;

/** Asks until the answer holds what it should. */
async function until(key: string, value: unknown): Promise<void> {
  while ((await health())[key] !== value) await pause(20);
}

it("it passes the tests that the deployed API has to pass", async () => {
  const files = (await bundle(project, join(api.root, "dist")))
    .map(({ file }) => file)
    .filter((file) => file.endsWith(".test.mjs"));
  expect(files.length).toBeGreaterThan(0);
  const { stdout } = await promisify(execFile)(process.execPath, ["--test", ...files], {
    env: { ...process.env, ...api.exported, NODE_TEST_CONTEXT: undefined },
  });
  expect(stdout).toMatch(/fail 0/);
  expect(stdout).not.toMatch(/pass 0/);
});

it(".env is read, and nothing is deployed", async () => {
  expect(api.exported.BUCKET).toBe("acme-dev");
  expect(await health()).toEqual({ status: "ok", environment: "local", commit: "local" });
});

it("what is saved answers, a broken file is told and changes nothing, and the next one answers", async () => {
  const app = "lambda-src/api/app.ts";
  api.edit(app, '"ok" as const', '"ok" as const, saved: 1');
  await until("saved", 1);

  const whole = readFileSync(join(api.root, app), "utf8");
  writeFileSync(join(api.root, app), `${whole}\nconst = 1;\n`);
  await api.prints("api goes on as it was.");
  expect(api.printed).toMatch(/lambda-src\/api\/app\.ts:\d+:\d+/);
  expect(await health()).toMatchObject({ saved: 1 });

  // It compiles, but throws when it is loaded.
  writeFileSync(join(api.root, app), `${whole}\nthrow new Error("not today");\n`);
  await api.prints("Error: not today");
  expect(await health()).toMatchObject({ saved: 1 });

  writeFileSync(join(api.root, app), whole.replace("saved: 1", "saved: 2"));
  await until("saved", 2);
});

it("the function that is called for a document is taken over too", async () => {
  api.edit("lambda-src/record-object/handler.ts", "for (const", 'console.log("called anew");\n  for (const');
  await api.prints("record-object is new");
  await fetch(`${api.url}/documents/a`, { method: "PUT", body: "x" });
  await api.prints("called anew");
});

it("what is deleted in the bucket itself is forgotten, and a version that comes back is recorded", async () => {
  const { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region, BUCKET: Bucket } = api.exported;
  const credentials = {
    accessKeyId: api.exported.AWS_ACCESS_KEY_ID!,
    secretAccessKey: api.exported.AWS_SECRET_ACCESS_KEY!,
  };
  const s3 = new S3Client({ endpoint, region, credentials });
  const Key = "documents/versions";
  const put = async (Body: string) => (await s3.send(new PutObjectCommand({ Bucket, Key, Body }))).VersionId;
  const recorded = async () => {
    const response = await fetch(`${api.url}/documents/versions/metadata`);
    return response.ok ? ((await response.json()) as { size: number }).size : undefined;
  };
  const becomes = async (size: number) => {
    while ((await recorded()) !== size) await pause(20);
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
  while (await isThere()) await pause(20);
});

it("a function that ends by itself answers 500 as API Gateway does, and then answers again", async () => {
  api.edit(
    "lambda-src/api/documents.ts",
    "const [{ ETag }, record]",
    'if (name === "end") process.exit(3);\n    const [{ ETag }, record]',
  );
  let status = 0;
  // The save is taken over in its own time.
  while (status !== 500) status = (await fetch(`${api.url}/documents/end/metadata`)).status;
  expect((await fetch(`${api.url}/health`)).status).toBe(200);
});

it("a port that is taken is told with what to do, and nothing stays of the second one", async () => {
  const second = new LocalApi();
  try {
    const { port } = new URL(api.url);
    second.run("--port", port);
    expect(await second.ended()).toBe(1);
    expect(second.printed.trim()).toBe(
      `Port ${port} is taken. Choose another: npm run dev -- --port ${Number(port) + 1}`,
    );
    expect(second.orphans()).toEqual([]);
  } finally {
    second.remove();
  }
});

it("a setting that is wrong is told before anything starts", async () => {
  const wrong = new LocalApi();
  try {
    writeFileSync(join(wrong.root, ".env"), "hw_stack_bucket_name=No Bucket\n");
    wrong.run("--port", "0");
    expect(await wrong.ended()).toBe(1);
    expect(wrong.printed).toMatch(/^hw_stack_bucket_name is "No Bucket"\. It takes an S3 bucket name/);
    expect(existsSync(join(wrong.root, ".rehearsal"))).toBe(false);
  } finally {
    wrong.remove();
  }
});

it("Ctrl-C ends all of it", async () => {
  api.ctrlC();
  await api.ended();
  for (let tries = 0; api.orphans().length > 0 && tries < 600; tries++) await pause(100);
  expect(api.orphans()).toEqual([]);
  expect(readdirSync(join(api.root, ".rehearsal"))).toEqual([]);
});
