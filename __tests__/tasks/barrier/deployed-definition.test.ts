import { NoSuchKey, type GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { deployedDefinition } from "../../../tasks/barrier/deployed-definition";
import { settingsWith } from "../../support/settings";

/** Reads the definition where S3 answers with this text or error. */
async function definition(answer: string | Error) {
  const sent: object[] = [];
  const send = ({ input }: GetObjectCommand) => {
    sent.push(input);
    if (answer instanceof Error) return Promise.reject(answer);
    return Promise.resolve({ Body: { transformToString: () => answer } });
  };
  return { json: await deployedDefinition({ send } as unknown as S3Client, settingsWith()), sent };
}

describe("the deployed definition", () => {
  it("is the object beside the states", async () => {
    const { json, sent } = await definition('{"resource":{}}');
    expect(json).toEqual({ resource: {} });
    expect(sent).toEqual([
      { Bucket: "acme-heavy-water-artifacts-state", Key: "hw/pipeline.definition.json" },
    ]);
  });

  it("is undefined where none was stored yet", async () => {
    const { json } = await definition(new NoSuchKey({ $metadata: {}, message: "no such key" }));
    expect(json).toBeUndefined();
  });

  it("is an error if it cannot be read, or is not JSON", async () => {
    await expect(definition(new Error("not authorized"))).rejects.toThrow("not authorized");
    await expect(definition("{")).rejects.toThrow("JSON");
  });
});
