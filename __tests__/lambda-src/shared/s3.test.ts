import { GetObjectCommand } from "@aws-sdk/client-s3";
import { createS3Client } from "../../../lambda-src/shared/s3";

const { AWS_ENDPOINT_URL } = process.env;

afterEach(() => {
  process.env.AWS_ENDPOINT_URL = AWS_ENDPOINT_URL;
  if (AWS_ENDPOINT_URL === undefined) delete process.env.AWS_ENDPOINT_URL;
});

/** Where a client that is made now would send a request. */
async function destination(): Promise<string> {
  Object.assign(process.env, {
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  });
  const client = createS3Client();
  let url = "";
  client.middlewareStack.add(
    () => (args) => {
      const { protocol, hostname, port, path } = args.request as Record<string, string>;
      url = `${protocol}//${hostname}${port ? `:${port}` : ""}${path}`;
      return Promise.resolve({ response: {}, output: { $metadata: {} } });
    },
    { step: "finalizeRequest", priority: "low" },
  );
  await client.send(new GetObjectCommand({ Bucket: "some-bucket", Key: "documents/a" }));
  return url;
}

it("in AWS the bucket is in the host name", async () => {
  delete process.env.AWS_ENDPOINT_URL;
  expect(await destination()).toBe("https://some-bucket.s3.eu-west-1.amazonaws.com/documents/a");
});

it("at an endpoint that is an address the bucket is in the path", async () => {
  process.env.AWS_ENDPOINT_URL = "http://127.0.0.1:4566";
  expect(await destination()).toBe("http://127.0.0.1:4566/some-bucket/documents/a");
});
