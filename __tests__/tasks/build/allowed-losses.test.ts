import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { refusedLosses, refuseLosses } from "../../../tasks/build/allowed-losses";
import type { Plan, ResourceChange } from "../../../tasks/terraform/plan";
import { root } from "../../../tasks/command";

const now = new Date("2026-03-10T12:00:00Z");
const REPLACED = ["delete", "create"];

function resource(address: string, actions: string[], before: Record<string, unknown> = {}): ResourceChange {
  const type = address.split(".")[0]!;
  return {
    address,
    type,
    change: { actions, before, after: {}, after_unknown: {}, replace_paths: [["name"]] },
  };
}

const plan = (...resource_changes: ResourceChange[]): Plan => ({ resource_changes });
const queue = resource("aws_sqs_queue.failed", REPLACED);
const bucket = resource("aws_s3_bucket.documents", ["delete"]);

/** The text of the file with an entry for the queue. */
const until = (day: string) =>
  JSON.stringify({ "aws_sqs_queue.failed": { reason: "It is empty.", until: day } });

describe("a plan that loses data", () => {
  it("is refused with each resource, what is lost, and how to allow it", () => {
    const refuse = () =>
      refuseLosses(plan(queue, bucket, resource("aws_iam_role.api", ["delete"])), "{}", now);
    expect(refuse).toThrow(
      /^Production would lose what cannot be recreated as it was\. Nothing was deployed\.\n {2}- aws_s3_bucket\.documents would be destroyed, which loses its objects \(not in allowed-losses\.json\)\n {2}- aws_sqs_queue\.failed would be replaced because of name, which loses its messages \(not in allowed-losses\.json\)\nIf that is what you want, .*\n {2}\{ "ADDRESS": \{ "reason": ".*", "until": "2026-03-17" \} \}$/,
    );
  });

  it("is allowed for exactly the address in the file", () => {
    const [other, ...more] = refusedLosses(plan(queue, bucket), until("2026-03-20"), now);
    expect(other).toContain("aws_s3_bucket.documents");
    expect(more).toEqual([]);
    expect(
      refusedLosses(plan(resource("aws_sqs_queue.failed2", REPLACED)), until("2026-03-20"), now),
    ).toHaveLength(1);
    expect(() => refuseLosses(plan(queue), until("2026-03-20"), now)).not.toThrow();
  });

  it.each([
    ["2026-03-09", "allowed until 2026-03-09 only"],
    ["2026-03-10", undefined],
    ["2026-04-09", undefined],
    ["2026-04-10", "allowed until 2026-04-10, which is more than 31 days"],
  ])("is allowed for 31 days at most: until %s", (day, refusal) => {
    const refused = refusedLosses(plan(queue), until(day), now);
    expect(refused).toEqual(refusal === undefined ? [] : [expect.stringContaining(`(${refusal})`)]);
  });

  it.each([
    ["{", "JSON"],
    ["[]", "the file"],
    ['{ "a.b": {} }', "a.b → reason"],
    ['{ "a.b": { "reason": "", "until": "2026-03-20" } }', "a.b → reason"],
    ['{ "a.b": { "reason": "x", "until": "20.3.2026" } }', "a.b → until"],
    ['{ "a.b": { "reason": "x", "until": "2026-03-20", "all": true } }', "a.b"],
  ])("is refused with an invalid file, even without a loss: %s", (text, problem) => {
    expect(() => refuseLosses(plan(), text, now)).toThrow(
      "allowed-losses.json is invalid, and nothing was deployed: ",
    );
    expect(() => refuseLosses(plan(), text, now)).toThrow(problem);
  });

  it("is not one that destroys what stays in AWS, or what can be recreated", () => {
    const kept = resource("aws_cloudwatch_log_group.api", ["delete"], { skip_destroy: true });
    const deleted = resource("aws_cloudwatch_log_group.api", ["delete"], { skip_destroy: false });
    expect(refusedLosses(plan(kept, resource("aws_iam_role.api", REPLACED)), "{}", now)).toEqual([]);
    expect(refusedLosses(plan(deleted), "{}", now)).toHaveLength(1);
  });

  it.each([
    ["the first moment of the 31 days", "2026-03-10T00:00:00Z", "2026-04-09", true],
    ["a moment before them", "2026-03-09T23:59:59.999Z", "2026-04-09", false],
    ["the last moment of the day", "2026-03-10T23:59:59.999Z", "2026-03-10", true],
    ["the first moment of the next day", "2026-03-11T00:00:00Z", "2026-03-10", false],
  ])("is judged by the time in UTC: %s", (_, time, day, isAllowed) => {
    expect(refusedLosses(plan(queue), until(day), new Date(time))).toHaveLength(isAllowed ? 0 : 1);
  });

  it("is refused with every problem of the file, and an example of an entry", () => {
    const text = '{ "a.b": { "reason": "", "until": "x" } }';
    expect(() => refuseLosses(plan(), text, now)).toThrow(
      /^allowed-losses\.json is invalid, and nothing was deployed: a\.b → reason: [^;]+; a\.b → until: [^;]+\. Expected for each address: \{ "reason": "…", "until": "YYYY-MM-DD" \}\.$/,
    );
    expect(() => refuseLosses(plan(), "[]", now)).toThrow(/deployed: the file: [^;]+\. Expected/);
  });

  it("is judged by the current time if no other is given", () => {
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    expect(refusedLosses(plan(queue), until(tomorrow))).toEqual([]);
    expect(() => refuseLosses(plan(queue), until(tomorrow))).not.toThrow();
  });

  it("is replaced because of every argument that forces it", () => {
    const change = { ...queue.change, replace_paths: [["name"], ["fifo_queue"]] };
    expect(refusedLosses(plan({ ...queue, change }), "{}", now)).toEqual([
      "aws_sqs_queue.failed would be replaced because of name, fifo_queue, which loses its messages (not in allowed-losses.json)",
    ]);
  });

  it("does not take an inherited property for an entry", () => {
    expect(refusedLosses(plan({ ...queue, address: "constructor" }), "{}", now)).toHaveLength(1);
  });
});

describe("node allowed-losses.js", () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "losses-"))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ["without the file", undefined, 1],
    ["with the file", until(new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)), 0],
  ])("decides %s by its exit code", (_, text, expected) => {
    const file = join(folder, "plan.json");
    writeFileSync(file, JSON.stringify(plan(queue)));
    const losses = join(folder, `losses-${expected}.json`);
    if (text !== undefined) writeFileSync(losses, text);
    const run = () =>
      execFileSync(
        process.execPath,
        ["--require", "./tasks/start.cjs", "tasks/build/allowed-losses.ts", file, losses],
        { cwd: root, stdio: "pipe" },
      );
    if (expected === 0) expect(run).not.toThrow();
    else expect(run).toThrow("aws_sqs_queue.failed would be replaced");
  });
});
