import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Benchmark } from "./benchmark";
import { outputOf, secondsOf } from "./commands";
import { root } from "../tasks/command";

/** What npm reads. */
const FILES = ["package.json", "package-lock.json", ".npmrc", "rehearsal/package.json"];

/** The packages that a build with all of them installs, by the command of buildspecs/unit-test.yml. */
export const installed: Benchmark = {
  figures: {
    packages: { what: "packages that UnitTest installs", unit: "packages", was: 915 },
    megabytes: { what: "their size", unit: "MB", was: 1100 },
    seconds: { what: "time to install them, with npm's cache", unit: "s", was: 45 },
  },
  rounds: 1,
  isLong: true,
  measure: async () => {
    const cwd = mkdtempSync(join(tmpdir(), "bench-install-"));
    try {
      for (const file of FILES) {
        mkdirSync(dirname(join(cwd, file)), { recursive: true });
        cpSync(join(root, file), join(cwd, file));
      }
      const seconds = await secondsOf(["sh", "-c", installCommand()], { cwd });
      const record = readFileSync(join(cwd, "node_modules/.package-lock.json"), "utf8");
      const { packages } = JSON.parse(record) as { packages: object };
      const kilobytes = await outputOf(["du", "-sk", "node_modules"], { cwd });
      return { packages: Object.keys(packages).length, megabytes: parseInt(kilobytes) / 1024, seconds };
    } finally {
      rmSync(cwd, { recursive: true });
    }
  },
};

function installCommand(): string {
  const buildspec = readFileSync(join(root, "buildspecs/unit-test.yml"), "utf8");
  const [, command] = /^ +- (npm ci .*)$/m.exec(buildspec) ?? [];
  if (command === undefined)
    throw new Error("buildspecs/unit-test.yml has no command that begins with npm ci");
  return command;
}
