import { LineCounter, parseDocument, type Document } from "yaml";
import { z } from "zod";
import { PhaseError } from "./phase-error";

/** The phases with commands, in order. */
export const COMMAND_PHASES = ["install", "pre_build", "build", "post_build"] as const;
export type CommandPhase = (typeof COMMAND_PHASES)[number];

// CodeBuild reads scalars as text (version 1.10 stays 1.10), so booleans are words.
const yesOrNo = z
  .enum(["yes", "no", "true", "false"], 'expected "yes" or "no"')
  .transform((word) => word === "yes" || word === "true");
const texts = z.array(z.string("expected text, found subkeys: does the command need quotes?"));
const variables = z.record(z.string(), z.string("expected text"));

const phase = z.strictObject({
  "run-as": z.string().optional(),
  "on-failure": z.enum(["ABORT", "CONTINUE"], 'expected "ABORT" or "CONTINUE"').optional(),
  "runtime-versions": z.unknown().optional(),
  commands: texts.default([]),
  finally: texts.default([]),
});

const artifact = z.strictObject({
  files: texts.min(1),
  name: z.string().optional(),
  "discard-paths": yesOrNo.default(false),
  "base-directory": z.string().optional(),
  "exclude-paths": texts.default([]),
  "enable-symlinks": yesOrNo.default(false),
  "s3-prefix": z.string().optional(),
});

const buildspec = z.strictObject({
  version: z.literal("0.2", "expected 0.2, the only version with one shell for all commands"),
  "run-as": z.string().optional(),
  env: z
    .strictObject({
      // The reference lists `bash` and `/bin/sh` for Linux.
      shell: z
        .enum(["/bin/sh", "sh", "bash"], 'expected "/bin/sh" or "bash"')
        .transform((shell) => (shell === "bash" ? shell : "sh"))
        .default("sh"),
      variables: variables.default({}),
      "parameter-store": variables.default({}),
      "secrets-manager": variables.default({}),
      "exported-variables": texts.default([]),
      "git-credential-helper": yesOrNo.optional(),
    })
    .prefault({}),
  phases: z.partialRecord(z.enum(COMMAND_PHASES), phase),
  artifacts: artifact
    .partial({ files: true })
    .extend({ "secondary-artifacts": z.record(z.string(), artifact).default({}) })
    .optional(),
  proxy: z.unknown().optional(),
  batch: z.unknown().optional(),
  reports: z.unknown().optional(),
  cache: z.unknown().optional(),
});

export type Buildspec = z.output<typeof buildspec>;
export type ArtifactSpec = z.output<typeof artifact>;

/**
 * Parses a buildspec of version 0.2.
 * @throws PhaseError `YAML_FILE_ERROR` with the key and the line
 */
export function parseBuildspec(text: string): Buildspec {
  const lines = new LineCounter();
  const document = parseDocument(text, { schema: "failsafe", lineCounter: lines, prettyErrors: false });
  const [syntax] = document.errors;
  if (syntax) throw yamlError(`${syntax.message} at line ${lines.linePos(syntax.pos[0]).line}`);
  const parsed = buildspec.safeParse(contents(document));
  if (parsed.success) return parsed.data;
  throw yamlError(parsed.error.issues.map((issue) => describe(issue, document, lines)).join("; "));
}

/** Returns a document's contents. Only here does the parser limit aliases: a few lines can expand to gigabytes. */
function contents(document: Document): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw yamlError((error as Error).message);
  }
}

/** Returns the keys of a buildspec that are accepted but have no effect in a rehearsal. */
export function ignoredKeys(spec: Buildspec): string[] {
  const ignored = (["run-as", "proxy", "batch", "reports", "cache"] as const).filter((key) => spec[key]);
  const runtimes = COMMAND_PHASES.filter((name) => spec.phases[name]?.["runtime-versions"]);
  return [...ignored, ...runtimes.map((name) => `phases.${name}.runtime-versions`)];
}

function describe(issue: z.core.$ZodIssue, document: Document, lines: LineCounter): string {
  const unknown = issue.code === "unrecognized_keys" ? issue.keys : [];
  const path = [...issue.path, ...unknown.slice(0, 1)];
  const what = unknown.length > 0 ? "unknown key" : issue.message;
  return `${path.map(String).join(".") || "buildspec"}: ${what}${lineOf(path, document, lines)}`;
}

/** Returns the line of a key's value, or nothing if the key is missing. */
function lineOf(path: readonly PropertyKey[], document: Document, lines: LineCounter): string {
  const node: unknown = document.getIn(path, true);
  const range = (node as { range?: [number, number, number] } | undefined)?.range;
  return range ? ` at line ${lines.linePos(range[0]).line}` : "";
}

function yamlError(message: string): PhaseError {
  return new PhaseError("YAML_FILE_ERROR", message);
}
