import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { serve } from "../../support/http";
import { environment } from "../../support/settings";
import { awsStandIn, environmentFor, type AwsStandIn } from "../aws-stand-in";

const project = join(__dirname, "../../..");

let folder: string;
let aws: AwsStandIn;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "bootstrap-"));
  aws = await awsStandIn();
});
afterAll(() => {
  aws.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs bootstrap in a folder without `.env`. @returns what it said as it failed */
async function bootstrap(settings: Readonly<Record<string, string>>): Promise<string> {
  const args = ["--require", join(project, "tasks/start.cjs"), join(project, "tasks/cli/bootstrap.ts")];
  const env = { PATH: process.env.PATH, ...environmentFor(aws.url), ...settings };
  const error = await promisify(execFile)(process.execPath, args, { cwd: folder, env }).then(
    () => undefined,
    (reason: { stderr: string }) => reason,
  );
  return error?.stderr ?? "";
}

it("bootstrap fails with invalid settings before it calls AWS", async () => {
  const said = await bootstrap({ ...environment, pipeline_bucket_name: "Artifacts", hw_stack_name: "" });
  expect(said).toContain("3 settings are invalid; nothing was created.");
  expect(said).toContain('pipeline_bucket_name is "Artifacts".');
  expect(said).toContain("hw_stack_name is missing.");
  expect(aws.calls).toEqual([]);
});

it("bootstrap reads the account's identity if the settings are valid", async () => {
  aws.answer = () => ({ status: 403, body: "<ErrorResponse><Error><Code>No</Code></Error></ErrorResponse>" });
  expect(await bootstrap(environment)).toContain("No AWS account answers");
  expect(aws.calls).toMatchObject([{ operation: "GetCallerIdentity" }]);
});

describe("bootstrap with credentials of an account", () => {
  beforeEach(() => void aws.calls.splice(0));

  /** Answers as an account in a partition that has nothing of the pipeline yet. */
  function emptyAccount(partition: string): void {
    const Arn = `arn:${partition}:iam::123456789012:user/ada`;
    const caller = `<GetCallerIdentityResult><Account>123456789012</Account><Arn>${Arn}</Arn></GetCallerIdentityResult>`;
    aws.answer = ({ operation }) => {
      if (operation === "GetCallerIdentity")
        return { body: `<GetCallerIdentityResponse>${caller}</GetCallerIdentityResponse>` };
      if (operation === "GetServiceQuota") return { body: { Quota: { Value: 10_000 } } };
      if (operation === "GetParameter") return { status: 400, body: { __type: "ParameterNotFound" } };
      return { status: 400, body: { __type: "ResourceNotFoundException" } };
    };
  }

  it("fails in China, where the pipeline's source action is not available", async () => {
    emptyAccount("aws-cn");
    expect(await bootstrap(environment)).toContain("not available in the China regions");
    expect(aws.calls.map(({ operation }) => operation)).toEqual(["GetCallerIdentity"]);
  });

  it("fails before it creates anything if GitHub does not show the repository", async () => {
    emptyAccount("aws");
    const gitHub = await serve((_, response) => void response.writeHead(404).end("{}"));
    const said = await bootstrap({ ...environment, GITHUB_BASE_URL: gitHub.url, githubAccessToken: "ghp_x" });
    gitHub.server.close();
    expect(said).toContain("GitHub does not show the repository acme/heavy-water to this token (404).");
    const asks = /^(Get|List|Describe|HEAD)/;
    expect(aws.calls.map(({ operation }) => operation).filter((name) => !asks.test(name))).toEqual([]);
  });
});
