import { S3ServiceException } from "@aws-sdk/client-s3";
import { isConflict, isMissing } from "../../../lambda-src/shared/s3";

const refused = (name: string) =>
  new S3ServiceException({ name, message: name, $fault: "client", $metadata: {} });

it.each([
  ["NoSuchKey", { missing: true, conflict: false }],
  ["NotFound", { missing: true, conflict: false }],
  // PutObject answers 409 while a request for the same key runs, and 412 once it has written:
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
  ["ConditionalRequestConflict", { missing: false, conflict: true }],
  ["PreconditionFailed", { missing: false, conflict: true }],
  ["AccessDenied", { missing: false, conflict: false }],
  ["NoSuchBucket", { missing: false, conflict: false }],
])("%s of S3 is recognized as what it is", (name, { missing, conflict }) => {
  expect(isMissing(refused(name))).toBe(missing);
  expect(isConflict(refused(name))).toBe(conflict);
});

it.each([
  ["an error of the network", new Error("socket hang up")],
  ["an error with a name of S3's", Object.assign(new Error("Not found"), { name: "NotFound" })],
  ["a conflict that another service reports", Object.assign(new Error(), { name: "PreconditionFailed" })],
  ["no error", undefined],
])("%s is neither a missing object nor a conflict", (_, error) => {
  expect(isMissing(error)).toBe(false);
  expect(isConflict(error)).toBe(false);
});
