import {
  BatchGetReportGroupsCommand,
  CodeBuildClient,
  CreateReportGroupCommand,
  DeleteReportGroupCommand,
  ListReportsForReportGroupCommand,
  UpdateReportGroupCommand,
  type CreateReportGroupInput,
} from "@aws-sdk/client-codebuild";
import { startAws, type AwsServer } from "../../../src/aws/server";
import { serve } from "../../../../__tests__/support/http";
import { UNUSED_AWS, ROOT } from "../support/pipelines";

let server: AwsServer;
let client: CodeBuildClient;
let emulator: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => {
  // Everybody is root; who is not is tested with the emulator itself.
  emulator = await serve((_, response) => response.end(JSON.stringify({ caller: ROOT })));
  const github = { gitUrl: () => "http://127.0.0.1:1/none.git" };
  server = await startAws({ ...UNUSED_AWS, emulator: emulator.url, github });
  const { endpoint, region, root } = server.context;
  client = new CodeBuildClient({ endpoint, region, credentials: root });
});
afterAll(async () => {
  client.destroy();
  await server.stop();
  emulator.server.close();
  emulator.server.closeAllConnections();
});

const ARN = "arn:aws:codebuild:eu-west-1:123456789012:report-group/tests";

const group: CreateReportGroupInput = {
  name: "tests",
  type: "TEST",
  exportConfig: { exportConfigType: "NO_EXPORT" },
  tags: [{ key: "a", value: "1" }],
};

const read = () => client.send(new BatchGetReportGroupsCommand({ reportGroupArns: [ARN] }));

it("creates, reads, changes and deletes a report group", async () => {
  const { reportGroup } = await client.send(new CreateReportGroupCommand(group));
  expect(reportGroup).toMatchObject({ ...group, arn: ARN, status: "ACTIVE" });
  expect((await read()).reportGroups).toEqual([reportGroup]);
  await expect(client.send(new CreateReportGroupCommand(group))).rejects.toMatchObject({
    name: "ResourceAlreadyExistsException",
  });

  const exportConfig = { exportConfigType: "S3", s3Destination: { bucket: "reports" } } as const;
  await client.send(new UpdateReportGroupCommand({ arn: ARN, exportConfig }));
  expect((await read()).reportGroups![0]).toMatchObject({ exportConfig, tags: group.tags, type: "TEST" });

  await client.send(new DeleteReportGroupCommand({ arn: ARN }));
  expect(await read()).toMatchObject({ reportGroups: [], reportGroupsNotFound: [ARN] });
});

it.each<[string, Partial<CreateReportGroupInput>, RegExp]>([
  ["a name of one letter", { name: "x" }, /name/],
  ["a type there is not", { type: "NONE" as "TEST" }, /type/],
  ["an export to nowhere", { exportConfig: { exportConfigType: "S3" } }, /s3Destination/],
])("rejects a report group with %s", async (_, input, message) => {
  await expect(client.send(new CreateReportGroupCommand({ ...group, ...input }))).rejects.toMatchObject({
    name: "InvalidInputException",
    message: expect.stringMatching(message) as string,
  });
});

it("rejects an update of a missing report group", async () => {
  await expect(client.send(new UpdateReportGroupCommand({ arn: `${ARN}-not` }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
});

it("rejects operations on reports with a message", async () => {
  await expect(
    client.send(new ListReportsForReportGroupCommand({ reportGroupArn: ARN })),
  ).rejects.toMatchObject({ name: "UnknownOperationException" });
});
