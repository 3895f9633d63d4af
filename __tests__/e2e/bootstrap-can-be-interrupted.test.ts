import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clientConfig } from "../../rehearsal/src/aws/client-config";
import { start } from "../../rehearsal/src/processes";
import { Session } from "../../rehearsal/src/session";

const root = join(__dirname, "../..");
jest.setTimeout(15 * 60_000);

let session: Session;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "bootstrap-"));
  session = await Session.start({ root, folder });
});

afterAll(async () => {
  await session?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs `npm run bootstrap`, and presses Ctrl-C as soon as its output matches. */
async function bootstrap(interruptAt?: RegExp): Promise<{ code: number | null; output: string }> {
  const child = start("npm", ["run", "bootstrap"], {
    cwd: session.workstation.clone,
    env: session.workstation.environment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let interrupted = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (interrupted || !interruptAt?.test(output)) return;
      interrupted = true;
      // A terminal sends it to all of the foreground.
      process.kill(-child.pid!, "SIGINT");
    });
  }
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}

async function objects(): Promise<string[]> {
  const s3 = new S3Client(clientConfig(session.aws.context));
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: "hw-rehearsal-artifacts-state" }));
  return (Contents ?? []).map(({ Key }) => Key ?? "").sort();
}

describe("npm run bootstrap", () => {
  it.each([
    ["while the state bucket is created", /aws_s3_bucket\.state_bucket_\w+: Creating/],
    ["while the pipeline is created", /aws_codebuild_project\.UnitTest_project_\w+: Creating/],
  ])("stops on Ctrl-C %s, and leaves no lock", async (_, moment) => {
    const { code, output } = await bootstrap(moment);
    expect(output).toMatch(moment);
    expect(code).not.toBe(0);
    expect((await objects().catch(() => [])).filter((key) => key.endsWith(".tflock"))).toEqual([]);
  });

  it("continues when it runs again", async () => {
    const { code, output } = await bootstrap();
    expect(`${code} ${code === 0 ? "" : output}`).toBe("0 ");
    expect(await objects()).toEqual([
      "hw/pipeline.definition.json",
      "hw/pipeline.tfstate",
      expect.stringMatching(/^hw\/programs\/[0-9a-f]{64}\.zip$/),
      "hw/state.tfstate",
    ]);
    expect(session.aws.codepipeline.find("hw-pipeline")).toBeDefined();
  });

  it("changes nothing when it runs once more", async () => {
    const secrets = new SecretsManagerClient(clientConfig(session.aws.context));
    const secret = () => secrets.send(new GetSecretValueCommand({ SecretId: "PIPELINE_GITHUB" }));
    const { VersionId } = await secret();
    const { code, output } = await bootstrap();
    expect(code).toBe(0);
    expect(output.match(/No changes\./g)).toHaveLength(2);
    expect(await secret()).toMatchObject({ VersionId });
  });
});
