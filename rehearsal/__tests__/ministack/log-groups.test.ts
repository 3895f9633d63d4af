import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";

/** A log group to which a function writes one more stream whenever its streams are looked at. */
const script = `
import sys
from ministack.services import cloudwatch_logs

class Written(dict):
    left = 3

    def values(self):
        for stream in super().values():
            if self.left:
                self.left -= 1
                self[f"stream-{self.left}"] = {"events": []}
            yield stream

if "log-groups" in sys.argv:
    sys.path.insert(0, "rehearsal/src/ministack")
    import log_events
    log_events.describe_while_written()
streams = Written(first={"events": [{"message": "hello"}]})
cloudwatch_logs._log_groups["/aws/lambda/api"] = {"arn": "arn", "creationTime": 0, "streams": streams}
print(cloudwatch_logs._describe_log_groups({})[2].decode())
`;

function describe(...workarounds: string[]): Promise<string> {
  const root = resolve(__dirname, "../../..");
  return promisify(execFile)(resolve(root, ".cache/venv/bin/python"), ["-c", script, ...workarounds], {
    cwd: root,
    env: { PATH: process.env.PATH, PYTHONDONTWRITEBYTECODE: "1" },
  }).then(({ stdout }) => stdout);
}

it("log groups are described while functions write to them", async () => {
  expect(JSON.parse(await describe("log-groups"))).toMatchObject({
    logGroups: [{ logGroupName: "/aws/lambda/api", storedBytes: 5 }],
  });
});

it("ministack itself fails then", async () => {
  await expect(describe()).rejects.toThrow("dictionary changed size during iteration");
});
