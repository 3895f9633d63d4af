import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fromBufferPromise } from "yauzl";
import { bundle, type Bundle } from "../../../tasks/bundle/bundle";

const ROOT = join(__dirname, "../../..");

let folder: string;
let bundles: Bundle[];

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "bundle-")));
  bundles = await bundle(ROOT, join(folder, "dist"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("every function, every integration test and every task of a build is bundled", () => {
  expect(bundles.map(({ file }) => file.slice(join(folder, "dist").length + 1))).toEqual([
    "lambda/api.zip",
    "lambda/record-object.zip",
    "integration/description.test.mjs",
    "integration/documents.test.mjs",
    "integration/errors.test.mjs",
    "programs.zip",
  ]);
});

it("a function's zip has its code and nothing else, in less than 300 kB", async () => {
  for (const { file, bytes } of bundles.filter(({ file }) => file.includes("/lambda/"))) {
    expect(bytes).toBeLessThan(300_000);
    const entries = await entriesOf(file);
    expect([...entries.keys()]).toEqual(["index.js"]);
    expect(entries.get("index.js")?.equals(readFileSync(file.replace(/\.zip$/, "/index.js")))).toBe(true);
  }
});

it("a function has the messages of zod in English alone", () => {
  const code = readFileSync(join(folder, "dist/lambda/api/index.js"), "utf8");
  expect(code).toContain("Invalid input");
  // In Dutch, which has no character that esbuild escapes.
  expect(code).not.toContain("Ongeldige invoer");
});

it("a function starts from its bundle alone", () => {
  // Outside this repository, so that nothing can be found in its node_modules.
  for (const name of ["api", "record-object"]) {
    const environment = { BUCKET: "b", ENVIRONMENT: "dev", COMMIT: "abc", AWS_REGION: "eu-west-1" };
    const script = 'console.log(typeof require("./index.js").handler)';
    const { stdout } = spawnSync(process.execPath, ["-e", script], {
      cwd: join(folder, "dist/lambda", name),
      env: environment,
      encoding: "utf8",
    });
    expect(stdout).toBe("function\n");
  }
});

it("a function's stack traces have its names, and its source map leads to sources without having them", () => {
  for (const [name, called] of Object.entries({ api: "lambdaHandler", "record-object": "handler" })) {
    const cwd = join(folder, "dist/lambda", name);
    // esbuild gives the name back to the minified function.
    const named = new RegExp(`\\w\\([\\w$]+,"${called}"\\)`);
    expect(named.test(readFileSync(join(cwd, "index.js"), "utf8"))).toBe(true);
    const map = JSON.parse(readFileSync(join(cwd, "index.js.map"), "utf8")) as Record<string, string[]>;
    expect(map.sources).toContainEqual(expect.stringMatching(`lambda-src/${name}/handler.ts$`));
    expect(map).not.toHaveProperty("sourcesContent");
  }
});

it("an integration test is a module that can require CommonJS packages", () => {
  const code = readFileSync(join(folder, "dist/integration/documents.test.mjs"), "utf8");
  expect(code).toMatch(/^import .+; const require = nodeRequire\(import\.meta\.url\);\n/);
  expect(code).toMatch(/^import .+ from "node:test";$/m);
});

it("the programs are those that buildspecs start, the function of commit statuses, and the cdktf CLI", async () => {
  const entries = await entriesOf(join(folder, "dist/programs.zip"));
  const buildspecs = readdirSync(join(ROOT, "buildspecs"))
    .filter((file) => file.endsWith(".yml"))
    .map((file) => readFileSync(join(ROOT, "buildspecs", file), "utf8"))
    .join();
  const started = [...buildspecs.matchAll(/dist\/tasks\/[\w-]+\.js/g)].map(([path]) => path);
  const cdktf = [...buildspecs.matchAll(/node (node_modules\/\S+)/g)].map(([, path = ""]) => path);
  const sourced = [...buildspecs.matchAll(/\. (buildspecs\/[\w-]+\.sh)/g)].map(([, path = ""]) => path);
  const scripts = [...entries.keys()].filter((path) => path.startsWith("dist/"));
  const all = "dist/tasks/all.js";
  expect(scripts.sort()).toEqual([...new Set([...started, "dist/tasks/stage-status.js", all])].sort());
  expect([...entries.keys()]).toEqual(
    expect.arrayContaining([...new Set([...sourced, ...cdktf]), ".terraform-version", ".terraform.lock.hcl"]),
  );

  // Each part of the bundle starts only as its own script. Lambda loads the function, and starts nothing.
  const code = entries.get(all)!.toString();
  expect(code).not.toMatch(/require\.main===/);
  const mains = [...code.matchAll(/require\.main\?\.filename\.endsWith\("\/([\w-]+\.js)"\)/g)];
  expect(mains.map(([, script]) => `dist/tasks/${script}`).sort()).toEqual([...new Set(started)].sort());

  // Compressed, its bytes would be another Node.js's.
  for (const entry of await compressionOf(join(folder, "dist/programs.zip"))) expect(entry).toBe(0);
});

it("bundles of the same sources are byte for byte the same in another folder and time zone", async () => {
  const copy = join(folder, "elsewhere/deeper/repository");
  mkdirSync(copy, { recursive: true });
  const programs = [
    ".npmrc",
    ".terraform-version",
    ".terraform.lock.hcl",
    "package-lock.json",
    "buildspecs",
    "settings.ts",
    "setting-values.ts",
    "invocation.ts",
    "stacks",
  ];
  for (const sources of ["lambda-src", "__tests__/integration", "tasks", ...programs]) {
    cpSync(join(ROOT, sources), join(copy, sources), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  const script = `require(${JSON.stringify(join(ROOT, "tasks/bundle/bundle.ts"))}).bundle(${JSON.stringify(copy)})`;
  const { stderr } = spawnSync(process.execPath, ["--require", "./tasks/start.cjs", "-e", script], {
    cwd: ROOT,
    env: { ...process.env, TZ: "Pacific/Auckland" },
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  const built = (file: string) => readFileSync(join(copy, "dist", file));
  for (const file of ["lambda/api.zip", "lambda/record-object.zip", "programs.zip"]) {
    expect(built(file).equals(readFileSync(join(folder, "dist", file)))).toBe(true);
  }

  const before = built("lambda/api.zip");
  appendFileSync(join(copy, "lambda-src/api/handler.ts"), "\nconsole.log(1);\n");
  await bundle(copy);
  expect(built("lambda/api.zip").equals(before)).toBe(false);
});

it("bundles and tests of a deleted function are removed, and nothing else in the folder is", async () => {
  const copy = join(folder, "smaller");
  mkdirSync(join(copy, "lambda-src/one"), { recursive: true });
  mkdirSync(join(copy, "__tests__/integration"), { recursive: true });
  writeFileSync(join(copy, "lambda-src/one/handler.ts"), "export const handler = () => 1;");
  for (const sources of [
    "tasks",
    ".npmrc",
    ".terraform-version",
    ".terraform.lock.hcl",
    "package-lock.json",
    "buildspecs",
    "settings.ts",
    "setting-values.ts",
    "invocation.ts",
  ])
    cpSync(join(ROOT, sources), join(copy, sources), { recursive: true });
  cpSync(join(ROOT, "stacks"), join(copy, "stacks"), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  const old = ["lambda/two.zip", "integration/two.test.mjs", "programs/two.sh"].map((file) =>
    join(copy, "dist", file),
  );
  const other = join(copy, "dist/notes.txt");
  for (const file of [...old, other]) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "");
  }
  await bundle(copy);
  expect([...old, other].filter((file) => existsSync(file))).toEqual([other]);
  expect(readdirSync(join(copy, "dist/lambda")).sort()).toEqual(["one", "one.zip"]);
});

async function compressionOf(file: string): Promise<number[]> {
  const zip = await fromBufferPromise(readFileSync(file), { lazyEntries: true });
  const methods: number[] = [];
  for await (const { compressionMethod } of zip.eachEntry()) methods.push(compressionMethod);
  return methods;
}

async function entriesOf(file: string): Promise<Map<string, Buffer>> {
  const zip = await fromBufferPromise(readFileSync(file), { lazyEntries: true });
  const entries = new Map<string, Buffer>();
  for await (const entry of zip.eachEntry()) {
    const chunks: Buffer[] = [];
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    entries.set(entry.fileName, Buffer.concat(chunks));
  }
  return entries;
}
