import { S3Client } from "@aws-sdk/client-s3";
import { checkConnection } from "../../../tasks/github/connection";
import * as synthOutput from "../../../tasks/terraform/synth-output";
import * as stateFiles from "../../../tasks/terraform/state-files";
import { settingsWith } from "../../support/settings";

const settings = settingsWith({ pipeline_source: "connection" });

function check(outputs: Record<string, unknown> | undefined): Promise<void> {
  jest.spyOn(synthOutput, "stateLocation").mockReturnValue({ bucket: "state", key: "hw/state.tfstate" });
  const state = { outputs } as stateFiles.StateFile;
  const stored: stateFiles.StoredState = outputs ? { kind: "readable", state } : { kind: "missing" };
  jest.spyOn(stateFiles, "storedState").mockResolvedValue(stored);
  return checkConnection(new S3Client(), settings);
}
afterEach(() => void jest.restoreAllMocks());

describe("a connection", () => {
  it("can be used once it has been accepted", async () => {
    await expect(check({ connection_status: "AVAILABLE" })).resolves.toBeUndefined();
  });

  it.each([["PENDING"], ["ERROR"]])("is refused if it is %s, with what to do", async (status) => {
    await expect(check({ connection_status: status })).rejects.toThrow(
      new RegExp(
        `^The connection hw-github is ${status}, and the pipeline is unchanged\\. .*for acme/heavy-water\\.$`,
      ),
    );
  });

  it.each([[{}], [undefined]])("is refused if the state has %p as its outputs", async (outputs) => {
    await expect(check(outputs)).rejects.toThrow("The connection hw-github is missing,");
  });
});
