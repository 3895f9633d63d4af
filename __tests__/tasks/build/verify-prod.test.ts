import { CodePipelineClient } from "@aws-sdk/client-codepipeline";
import { GetAliasCommand, LambdaClient, type UpdateAliasCommand } from "@aws-sdk/client-lambda";
import { namesOf, verificationDocument } from "../../../stacks/names";
import { verifyProduction } from "../../../tasks/build/verify-prod";
import { documentsApi, type DocumentsApi } from "../../support/documents-api";
import { settingsWith } from "../../support/settings";

const limits = { answered: 100, processed: 100, between: 5 };
const names = namesOf(settingsWith());

/** What DeployOnProd exports if both functions have new versions. */
const released = {
  API_VERSION: "7",
  API_RELEASE: "needed",
  API_PREVIOUS: "6",
  RECORD_OBJECT_VERSION: "3",
  RECORD_OBJECT_RELEASE: "needed",
  RECORD_OBJECT_PREVIOUS: "2",
};

let api: DocumentsApi;
/** The versions that the aliases point to. */
let live: Record<string, string>;
/** The stage that another run is in. */
let busy: string | undefined;

const lambda = Object.assign(new LambdaClient(), { send: answerLambda });
const codepipeline = Object.assign(new CodePipelineClient(), { send: answerCodePipeline });

function answerLambda(command: GetAliasCommand | UpdateAliasCommand): Promise<object> {
  const name = command.input.FunctionName!;
  const revision = `revision of ${live[name]}`;
  if (command instanceof GetAliasCommand)
    return Promise.resolve({ FunctionVersion: live[name], RevisionId: revision });
  expect(command.input.RevisionId).toBe(revision);
  live[name] = command.input.FunctionVersion!;
  return Promise.resolve({});
}

function answerCodePipeline(): Promise<object> {
  return Promise.resolve({
    stageStates: [{ stageName: busy, latestExecution: { status: "InProgress" } }],
  });
}

beforeEach(async () => {
  api = await documentsApi("7");
  live = { "hw-prod-api": "7", "hw-prod-record-object": "3" };
  busy = undefined;
});
afterEach(() => {
  api.stop();
  jest.restoreAllMocks();
});

const verified = (environment: Record<string, string> = released) =>
  verifyProduction({ lambda, codepipeline }, names, { API_URL: api.url, ...environment }, limits);

describe("VerifyProd", () => {
  it("changes nothing if production works", async () => {
    await expect(verified()).resolves.toMatch(/^Production works/);
    expect(live).toEqual({ "hw-prod-api": "7", "hw-prod-record-object": "3" });
  });

  it("returns all functions that the run released to their previous versions if production does not work", async () => {
    api.processes = false;
    await expect(verified()).rejects.toThrow(
      /^Production does not work: GET .*\/metadata answered 404[^]*The release was rolled back:\n {2}hw-prod-api: version 7 -> 6\n {2}hw-prod-record-object: version 3 -> 2\n/,
    );
    expect(live).toEqual({ "hw-prod-api": "6", "hw-prod-record-object": "2" });
    expect(api.documents).toEqual(new Map());
  });

  it("leaves a function alone that the run did not release", async () => {
    api.processes = false;
    await expect(verified({ ...released, API_RELEASE: "none" })).rejects.toThrow(
      /rolled back:\n {2}hw-prod-record-object/,
    );
    expect(live).toEqual({ "hw-prod-api": "7", "hw-prod-record-object": "2" });
  });

  it("only fails if the run released nothing", async () => {
    api.processes = false;
    const nothing = { ...released, API_RELEASE: "none", RECORD_OBJECT_RELEASE: "none" };
    await expect(verified(nothing)).rejects.toThrow("This run released no version");
    expect(live).toEqual({ "hw-prod-api": "7", "hw-prod-record-object": "3" });
  });

  it("accepts another version while its own waits for bootstrap", async () => {
    api.version = "6";
    await expect(verified()).rejects.toThrow("answered with version 6");
    live = { "hw-prod-api": "6", "hw-prod-record-object": "3" };
    const waiting = { ...released, API_RELEASE: "none", RECORD_OBJECT_RELEASE: "none" };
    await expect(verified(waiting)).resolves.toMatch(/^Production works/);
  });

  it("does not fail if a later run has released another version meanwhile", async () => {
    api.version = "8";
    live["hw-prod-api"] = "8";
    api.processes = false;
    await expect(verified()).resolves.toMatch(
      /^Production was changed while it was verified: hw-prod-api is version 8\./,
    );
    expect(live).toEqual({ "hw-prod-api": "8", "hw-prod-record-object": "3" });
  });

  it("rolls nothing back while a later run is shifting traffic", async () => {
    api.processes = false;
    busy = "ReleaseApi";
    await expect(verified()).rejects.toThrow(/Nothing was rolled back, because a later run is shifting/);
    expect(live).toEqual({ "hw-prod-api": "7", "hw-prod-record-object": "3" });
  });

  it("rolls nothing back if a previous version is unknown", async () => {
    api.processes = false;
    await expect(verified({ ...released, API_PREVIOUS: "unknown" })).rejects.toThrow(
      /previous version is not known[^]*npm run rollback/,
    );
    expect(live).toEqual({ "hw-prod-api": "7", "hw-prod-record-object": "3" });
  });

  it("reports a document that it could not delete", async () => {
    const log = jest.spyOn(console, "error").mockReturnValue();
    api.refuse = (request) => (request.startsWith("DELETE") ? 500 : undefined);
    await expect(verified()).rejects.toThrow("DELETE /documents/.heavy-water-verification answered 500");
    expect(log).toHaveBeenCalledWith(
      expect.stringContaining("The document of the verification was not deleted: DELETE"),
    );
    expect([...api.documents.keys()]).toEqual([verificationDocument]);
  });
});
