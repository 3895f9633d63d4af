import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { namesOf } from "../../../stacks/names";
import { checkDrift } from "../../../tasks/drift/check-drift";
import type { Comparison } from "../../../tasks/drift/comparison";
import type { Message } from "../../../tasks/drift/message";
import { settingsWith } from "../../support/settings";

const names = namesOf(settingsWith());
const none: Comparison = { kind: "compared", drift: { lines: [], digest: "" } };
const drifted = (value: string): Comparison => ({
  kind: "compared",
  drift: { lines: ["changed a of service-prod", `    timeout: 10 → ${value}`], digest: `digest of ${value}` },
});

/** The object that the build writes; undefined before its first run. */
let stored: string | undefined;
let messages: Message[];
let s3: S3Client;

beforeEach(() => {
  stored = undefined;
  messages = [];
  s3 = new S3Client({ region: "eu-west-1" });
  s3.send = ((command: GetObjectCommand | PutObjectCommand) => {
    expect(command.input).toMatchObject({ Bucket: names.stateBucket, Key: "hw/drift.json" });
    if (command instanceof PutObjectCommand) stored = command.input.Body as string;
    else if (stored === undefined) return Promise.reject(new NoSuchKey({ message: "", $metadata: {} }));
    const text = stored;
    return Promise.resolve({ Body: { transformToString: () => Promise.resolve(text) } });
  }) as typeof s3.send;
  jest.spyOn(console, "log").mockImplementation(() => undefined);
  jest.useFakeTimers({ now: new Date("2026-01-02T03:04:05Z"), doNotFake: ["nextTick", "setImmediate"] });
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

/** Runs the build once, with what it finds in production and in the pipeline. */
function run(production: Comparison, pipeline: Comparison = none): Promise<void> {
  const found = new Map([
    ["service-prod", production],
    ["pipeline", pipeline],
  ]);
  return checkDrift(
    s3,
    names,
    (stack) => Promise.resolve(found.get(stack)!),
    (message) => Promise.resolve(messages.push(message)),
  );
}

const recorded = () => (JSON.parse(stored!) as { stacks: Record<string, object> }).stacks;
const later = () => jest.setSystemTime(new Date("2026-01-03T03:04:05Z"));

describe("the scheduled comparison", () => {
  it("records when nothing differs, and notifies of nothing", async () => {
    await run(none);
    expect(messages).toEqual([]);
    const unchanged = { at: "2026-01-02T03:04:05.000Z", lines: [], digest: "" };
    expect(recorded()).toEqual({ "service-prod": unchanged, pipeline: unchanged });
  });

  it("notifies once of the same drift, and records since when it is known", async () => {
    await run(drifted("11"));
    later();
    await run(drifted("11"));
    expect(messages).toEqual([
      {
        subject: "Drift: changed outside of Terraform",
        text: expect.stringContaining(
          "  changed a of service-prod\n      timeout: 10 → 11\nThe next",
        ) as string,
      },
    ]);
    expect(recorded()["service-prod"]).toMatchObject({
      at: "2026-01-03T03:04:05.000Z",
      since: "2026-01-02T03:04:05.000Z",
    });
  });

  it("prints what it finds of each stack, and whether it notifies", async () => {
    await run(none, drifted("11"));
    await run({ kind: "skipped", reason: "its state is locked." }, drifted("11"));
    expect(jest.mocked(console.log).mock.calls.flat()).toEqual([
      "service-prod is as Terraform deployed it.",
      "changed a of service-prod\n    timeout: 10 → 11",
      "Notified the failure topic: Drift: changed outside of Terraform.",
      "service-prod was not compared: its state is locked.",
      "changed a of service-prod\n    timeout: 10 → 11",
      "Nothing new is to be notified.",
    ]);
  });

  it("names every stack that could not be compared, a line each", async () => {
    const failed: Comparison = { kind: "failed", reason: "no credentials" };
    await expect(run(failed, failed)).rejects.toThrow(
      "service-prod could not be compared: no credentials\npipeline could not be compared: no credentials",
    );
  });

  it("notifies again when the drift changes, even if its text does not", async () => {
    await run(drifted("11"));
    await run({
      kind: "compared",
      drift: { lines: ["changed a of service-prod", "    timeout: 10 → 11"], digest: "another" },
    });
    expect(messages).toHaveLength(2);
  });

  it("notifies when the drift is repaired", async () => {
    await run(drifted("11"));
    await run(none);
    expect(messages.at(-1)).toEqual({
      subject: "Drift is repaired",
      text: "service-prod and pipeline are again as Terraform deployed them.",
    });
    expect(recorded()["service-prod"]).not.toHaveProperty("since");
  });

  it("keeps what it found of a stack that is being deployed", async () => {
    await run(drifted("11"));
    const before = recorded()["service-prod"];
    later();
    await run({ kind: "skipped", reason: "its state is locked." });
    expect(recorded()["service-prod"]).toEqual(before);
    expect(messages).toHaveLength(1);
  });

  it("fails if a stack cannot be compared, and keeps the other's result", async () => {
    const failed = run(drifted("11"), { kind: "failed", reason: "The AWS credentials have expired." });
    await expect(failed).rejects.toThrow("pipeline could not be compared: The AWS credentials have expired.");
    expect(Object.keys(recorded())).toEqual(["service-prod"]);
    expect(messages).toHaveLength(1);
  });

  it("notifies again if the notification failed", async () => {
    const failing = checkDrift(
      s3,
      names,
      () => Promise.resolve(drifted("11")),
      () => Promise.reject(new Error("no topic")),
    );
    await expect(failing).rejects.toThrow("no topic");
    expect(stored).toBeUndefined();
    await run(drifted("11"));
    expect(messages).toHaveLength(1);
  });

  it("says what to do with a record that it has not written", async () => {
    stored = "{}";
    await expect(run(none)).rejects.toThrow(
      "s3://acme-heavy-water-artifacts-state/hw/drift.json is not what CheckDrift writes. Delete it",
    );
    stored = "";
    await expect(run(none)).rejects.toThrow("is not what CheckDrift writes");
  });

  it("shows as many lines as an e-mail can show", async () => {
    const lines = Array.from({ length: 250 }, (_, index) => `changed ${index}`);
    await run({ kind: "compared", drift: { lines, digest: "many" } });
    expect(messages[0]?.text).toContain("changed 199\n  and 50 more lines in the log of CheckDrift\n");
  });
});
