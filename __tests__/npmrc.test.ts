import { execFileSync } from "node:child_process";
import { join } from "node:path";

it.each(["audit", "fund", "update-notifier"])(
  "npm has %s disabled: it sends no list of packages and checks for no newer npm",
  (setting) => {
    // Of this project alone: neither of this machine's settings, nor of the npm that runs the tests.
    const args = ["config", "get", setting, "--userconfig=/dev/null"];
    const { PATH, HOME } = process.env;
    const value = execFileSync("npm", args, {
      cwd: join(__dirname, ".."),
      encoding: "utf8",
      env: { PATH, HOME },
    });
    expect(value.trim()).toBe("false");
  },
);
