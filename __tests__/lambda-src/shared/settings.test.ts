import * as z from "zod";
import { bucketSetting, readSettings } from "../../../lambda-src/shared/settings";

it("settings are what the environment says, and nothing else of it", () => {
  expect(readSettings(bucketSetting, { BUCKET: "documents", PATH: "/bin" })).toEqual({ BUCKET: "documents" });
});

it("every variable that is missing or wrong is named", () => {
  const shape = { ...bucketSetting, COMMIT: z.string().min(1) };
  expect(() => readSettings(shape, { COMMIT: "" })).toThrow(
    /^Environment variables of this function are missing or wrong\. BUCKET: [^;]+; COMMIT: [^;]+\.$/,
  );
  expect(() => readSettings(bucketSetting, { BUCKET: "" })).toThrow("BUCKET");
});

it("settings are read from the process's environment unless another is given", () => {
  const before = process.env;
  process.env = { BUCKET: "own" };
  try {
    expect(readSettings(bucketSetting)).toEqual({ BUCKET: "own" });
  } finally {
    process.env = before;
  }
});
