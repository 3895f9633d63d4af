import { AwsError } from "../../../src/aws/aws-error";
import type { Connection, Tag } from "../../../src/aws/connections/connection";
import { startAws, type AwsServer } from "../../../src/aws/server";
import { serve } from "../../../../__tests__/support/http";
import { UNUSED_AWS, ROOT } from "../support/pipelines";

const TARGETS = [
  ["CodeStar_connections_20191201", "codestar-connections"],
  ["com.amazonaws.codestar.connections.CodeStar_connections_20191201", "codestar-connections"],
  ["CodeConnections_20231201", "codeconnections"],
  ["com.amazonaws.codeconnections.CodeConnections_20231201", "codeconnections"],
] as const;
const [[TARGET]] = TARGETS;

/** An ARN of nothing. */
const NONE = "arn:aws:codestar-connections:eu-west-1:123456789012:connection/none";

let aws: AwsServer;
let emulator: Awaited<ReturnType<typeof serve>>;
beforeEach(async () => {
  // Everybody is root; who is not is tested with the emulator itself.
  emulator = await serve((_, response) => response.end(JSON.stringify({ caller: ROOT })));
  const github = { gitUrl: () => "http://127.0.0.1:1/none.git" };
  aws = await startAws({ ...UNUSED_AWS, emulator: emulator.url, github });
});
afterEach(async () => {
  await aws.stop();
  emulator.server.close();
  emulator.server.closeAllConnections();
});

/** Calls an operation as an SDK does; throws the service's error. */
async function call<T>(operation: string, input: object, target: string = TARGET): Promise<T> {
  const answer = await fetch(aws.context.endpoint, {
    method: "POST",
    headers: { "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": `${target}.${operation}` },
    body: JSON.stringify(input),
  });
  const body = (await answer.json()) as { __type?: string; message?: string };
  if (answer.ok) return body as T;
  throw new AwsError(body.__type ?? "", body.message ?? "", answer.status);
}

const create = (ConnectionName: string, more: object = {}, target: string = TARGET) =>
  call<{ ConnectionArn: string; Tags: Tag[] }>(
    "CreateConnection",
    { ConnectionName, ProviderType: "GitHub", ...more },
    target,
  );

const read = async (ConnectionArn: string) =>
  (await call<{ Connection: Connection }>("GetConnection", { ConnectionArn })).Connection;

const accept = (body: string, type = "application/json") =>
  fetch(`${aws.context.endpoint}/_rehearsal/connections/accept`, {
    method: "POST",
    headers: { "Content-Type": type },
    body,
  });

describe("connections", () => {
  it.each(TARGETS)(
    "are created under %s, and found and deleted under every name",
    async (target, service) => {
      const { ConnectionArn } = await create("github", {}, target);
      expect(ConnectionArn).toMatch(
        new RegExp(`^arn:aws:${service}:eu-west-1:123456789012:connection/[0-9a-f-]{36}$`),
      );
      for (const [name] of TARGETS) {
        expect(await call("GetConnection", { ConnectionArn }, name)).toEqual({
          Connection: {
            ConnectionArn,
            ConnectionName: "github",
            ProviderType: "GitHub",
            ConnectionStatus: "PENDING",
            OwnerAccountId: "123456789012",
          },
        });
      }
      expect(await call("DeleteConnection", { ConnectionArn }, target)).toEqual({});
      for (const operation of ["GetConnection", "DeleteConnection"]) {
        await expect(call(operation, { ConnectionArn })).rejects.toMatchObject({
          code: "ResourceNotFoundException",
          statusCode: 400,
        });
      }
    },
  );

  it("become available only by acceptance", async () => {
    const { ConnectionArn } = await create("github");
    const body = JSON.stringify({ ConnectionArn });
    // What a page in a browser may send to any address.
    expect((await accept(body, "text/plain")).status).toBe(415);
    expect((await read(ConnectionArn)).ConnectionStatus).toBe("PENDING");
    const answer = await accept(body);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ Connection: { ConnectionStatus: "AVAILABLE" } });
    expect((await read(ConnectionArn)).ConnectionStatus).toBe("AVAILABLE");
  });

  it.each([["{}"], ["no JSON"], ['{"ConnectionArn":"arn:none"}'], ["more than an ARN needs ".repeat(200)]])(
    "are not accepted by %j",
    async (body) => {
      const answer = await accept(body);
      expect(answer.ok).toBe(false);
      expect(await answer.json()).toMatchObject({ message: expect.stringMatching(/./) as string });
    },
  );

  it("are listed in pages", async () => {
    for (const name of ["one", "two", "three"]) await create(name);
    const list = (input: object) =>
      call<{ Connections: Connection[]; NextToken?: string }>("ListConnections", input);
    const first = await list({ MaxResults: 2, ProviderTypeFilter: "GitHub" });
    const second = await list({ MaxResults: 2, NextToken: first.NextToken });
    const names = [...first.Connections, ...second.Connections].map((item) => item.ConnectionName);
    expect(names).toEqual(["one", "two", "three"]);
    expect(second.NextToken).toBeUndefined();
    expect((await list({ ProviderTypeFilter: "Bitbucket" })).Connections).toEqual([]);
    await expect(list({ NextToken: "none" })).rejects.toMatchObject({ code: "ValidationException" });
  });

  it("have tags", async () => {
    const Tags = [
      { Key: "a", Value: "1" },
      { Key: "b", Value: "2" },
    ];
    const { ConnectionArn: ResourceArn, Tags: created } = await create("github", { Tags });
    expect(created).toEqual(Tags);
    await call("TagResource", { ResourceArn, Tags: [{ Key: "b", Value: "3" }] });
    await call("UntagResource", { ResourceArn, TagKeys: ["a"] });
    expect(await call("ListTagsForResource", { ResourceArn })).toEqual({ Tags: [{ Key: "b", Value: "3" }] });
    for (const operation of ["ListTagsForResource", "TagResource", "UntagResource"]) {
      const input = { ResourceArn: NONE, Tags, TagKeys: ["a"] };
      await expect(call(operation, input)).rejects.toMatchObject({ code: "ResourceNotFoundException" });
    }
  });

  it.each<[string, object, RegExp]>([
    [
      "a name of 33 characters",
      { ConnectionName: "x".repeat(33) },
      /'connectionName'.*less than or equal to 32/,
    ],
    ["a provider that is not emulated", { ProviderType: "Bitbucket" }, /GitHub, not Bitbucket/],
    ["a host", { HostArn: NONE.replace("connection/", "host/") }, /HostArn/],
  ])("with %s are rejected", async (_, input, message) => {
    await expect(create("github", input)).rejects.toMatchObject({
      code: "ValidationException",
      message: expect.stringMatching(message) as string,
    });
  });

  it("reject operations on hosts and sync by name", async () => {
    await expect(call("CreateHost", {})).rejects.toMatchObject({
      code: "UnknownOperationException",
      message: "CodeStar Connections.CreateHost is not emulated by the rehearsal.",
    });
  });
});
