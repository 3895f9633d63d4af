import {
  BatchGetBuildsCommand,
  CodeBuildClient,
  CreateProjectCommand,
  DeleteProjectCommand,
  ListBuildsCommand,
  ListBuildsForProjectCommand,
  ListProjectsCommand,
  StartBuildCommand,
  StopBuildCommand,
  UpdateProjectCommand,
  type Build,
  type CreateProjectInput,
} from "@aws-sdk/client-codebuild";
import { startAws, type AwsServer } from "../../../src/aws/server";
import { eventually } from "../../support/eventually";
import { openAccount, type Account } from "./account";

jest.setTimeout(120_000);

let account: Account;
let server: AwsServer;
let client: CodeBuildClient;
let role: string;

beforeAll(async () => {
  account = await openAccount();
  const github = { gitUrl: () => "http://127.0.0.1:9/none.git" };
  server = await startAws({ ...account.aws, github });
  const { region, root, endpoint } = server.context;
  client = new CodeBuildClient({ endpoint, region, credentials: root });
  const logs = {
    Effect: "Allow",
    Action: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
  };
  role = await account.createRole("builder", [
    { ...logs, Resource: "*" },
    { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::artifacts/source.zip" },
  ]);
});

afterAll(async () => {
  client.destroy();
  await server.stop();
  await account.stop();
});

function project(name: string, settings: Partial<CreateProjectInput> = {}): CreateProjectInput {
  return {
    name,
    serviceRole: role,
    source: {
      type: "NO_SOURCE",
      buildspec: 'version: 0.2\nphases: { build: { commands: ["sleep $TIME"] } }\n',
    },
    artifacts: { type: "NO_ARTIFACTS" },
    environment: { type: "LINUX_CONTAINER", image: "i", computeType: "BUILD_GENERAL1_SMALL" },
    ...settings,
  };
}

function complete(id: string): Promise<Build> {
  return eventually(`${id} has finished`, async () => {
    const { builds = [] } = await client.send(new BatchGetBuildsCommand({ ids: [id] }));
    return builds[0]?.buildComplete && builds[0];
  });
}

it("starts, finds, stops and lists builds over the wire", async () => {
  await client.send(new CreateProjectCommand(project("wire")));
  const start = async (TIME: string) => {
    const environmentVariablesOverride = [{ name: "TIME", value: TIME }];
    const { build } = await client.send(
      new StartBuildCommand({ projectName: "wire", environmentVariablesOverride }),
    );
    return build!;
  };
  const short = await start("0");
  expect(short).toMatchObject({ buildStatus: "IN_PROGRESS", buildNumber: 1, buildComplete: false });
  expect(short.startTime!.getTime()).toBeGreaterThan(Date.now() - 60_000);
  expect(await complete(short.arn!)).toMatchObject({ buildStatus: "SUCCEEDED", initiator: "root" });
  const long = await start("1000");
  await client.send(new StopBuildCommand({ id: long.id }));
  expect(await complete(long.id!)).toMatchObject({ buildStatus: "STOPPED", buildNumber: 2 });

  const ofProject = await client.send(new ListBuildsForProjectCommand({ projectName: "wire" }));
  expect(ofProject.ids).toEqual([long.id, short.id]);
  const all = await client.send(new ListBuildsCommand({ sortOrder: "ASCENDING" }));
  expect(all.ids).toEqual([short.id, long.id]);
  const { builds, buildsNotFound } = await client.send(new BatchGetBuildsCommand({ ids: ["wire:none"] }));
  expect({ builds, buildsNotFound }).toEqual({ builds: [], buildsNotFound: ["wire:none"] });
});

it("builds a source in a bucket", async () => {
  const source = { type: "S3", location: "artifacts/source.zip" } as const;
  await account.putZip("source.zip", {
    "buildspec.yml": "version: 0.2\nphases: { build: { commands: [test -f data] } }\n",
    data: "",
  });
  await client.send(new CreateProjectCommand(project("bucket", { source })));
  const { build } = await client.send(new StartBuildCommand({ projectName: "bucket" }));
  expect(await complete(build!.id!)).toMatchObject({ buildStatus: "SUCCEEDED" });
});

it("lists projects by name in pages of a hundred", async () => {
  const names = Array.from({ length: 101 }, (_, index) => `many-${String(index).padStart(3, "0")}`);
  for (const name of names) await client.send(new CreateProjectCommand(project(name)));
  const first = await client.send(new ListProjectsCommand({ sortBy: "NAME" }));
  const second = await client.send(new ListProjectsCommand({ sortBy: "NAME", nextToken: first.nextToken }));
  expect(first.projects).toHaveLength(100);
  expect(second.nextToken).toBeUndefined();
  const all = [...first.projects!, ...second.projects!];
  expect(all).toEqual([...all].sort());
  expect(all).toEqual(expect.arrayContaining(names));
  await Promise.all(names.map((name) => client.send(new DeleteProjectCommand({ name }))));
});

it("keeps the settings that an update omits", async () => {
  await client.send(
    new CreateProjectCommand(project("kept", { description: "before", timeoutInMinutes: 30 })),
  );
  const { project: updated } = await client.send(
    new UpdateProjectCommand({ name: "kept", description: "after" }),
  );
  expect(updated).toMatchObject({ description: "after", timeoutInMinutes: 30, serviceRole: role });
});

const none = { name: "ResourceNotFoundException" };

it.each<[string, () => Promise<unknown>, object]>([
  [
    "an existing name",
    () => client.send(new CreateProjectCommand(project("wire"))),
    { name: "ResourceAlreadyExistsException", message: /arn:aws:codebuild:.*:project\/wire/ },
  ],
  [
    "a name with a space",
    () => client.send(new CreateProjectCommand(project("a b"))),
    { name: "InvalidInputException", message: /'name'/ },
  ],
  [
    "a timeout that is too long",
    () => client.send(new CreateProjectCommand(project("late", { timeoutInMinutes: 2161 }))),
    { name: "InvalidInputException", message: /'timeoutInMinutes'/ },
  ],
  [
    "no role",
    () => client.send(new CreateProjectCommand(project("late", { serviceRole: undefined }))),
    { name: "InvalidInputException", message: /'serviceRole'/ },
  ],
  ["an update of a missing project", () => client.send(new UpdateProjectCommand({ name: "none" })), none],
  ["a build of a missing project", () => client.send(new StartBuildCommand({ projectName: "none" })), none],
  [
    "the builds of a missing project",
    () => client.send(new ListBuildsForProjectCommand({ projectName: "none" })),
    none,
  ],
  ["stopping a missing build", () => client.send(new StopBuildCommand({ id: "none:1" })), none],
  [
    "an override that is not emulated",
    () => client.send(new StartBuildCommand({ projectName: "wire", certificateOverride: "x" })),
    { name: "InvalidInputException", message: /certificateOverride/ },
  ],
  [
    "an invalid token",
    () => client.send(new ListProjectsCommand({ nextToken: "x" })),
    { name: "InvalidInputException", message: /nextToken/ },
  ],
])("rejects %s", async (_, call, expected) => {
  await expect(call()).rejects.toMatchObject(
    Object.fromEntries(
      Object.entries(expected).map(([key, value]) => [
        key,
        value instanceof RegExp ? expect.stringMatching(value) : (value as unknown),
      ]),
    ),
  );
});

it("rejects the build of a pipeline's project outside the pipeline", async () => {
  const pipeline = { source: { type: "CODEPIPELINE" }, artifacts: { type: "CODEPIPELINE" } } as const;
  await client.send(new CreateProjectCommand(project("piped", pipeline)));
  await expect(client.send(new StartBuildCommand({ projectName: "piped" }))).rejects.toThrow(
    /artifactsOverride/,
  );
});
