import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../tasks/command";

/** Arguments with which a command prints something and changes nothing. */
const ARGUMENTS = {
  rehearse: "--help",
  test: "--help",
  bootstrap: "",
  diff: "--help",
  env: "--help",
  rollback: "--help",
  "state:recover": "--help",
  "state:unlock": "--help",
} as const;

const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

/** The command lines of scripts, by the names of the scripts. */
export const firstLines: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(ARGUMENTS).map(([script, args]) => [script, `${scripts[script]} ${args}`]),
);
