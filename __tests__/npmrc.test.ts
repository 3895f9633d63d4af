import { execFileSync } from "node:child_process";
import { join } from "node:path";

test.each(["audit", "fund", "update-notifier"])(
  "npm has %s switched off: it sends nobody a list of packages and looks for no newer npm",
  (setting) => {
    const value = execFileSync("npm", ["config", "get", setting], {
      cwd: join(__dirname, ".."),
      encoding: "utf8",
    });
    expect(value.trim()).toBe("false");
  },
);
