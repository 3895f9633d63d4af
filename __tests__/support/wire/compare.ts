import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

/** What has been seen of an operation; zeros are omitted. */
export interface Row {
  readonly calls: number;
  /** Answers and errors that have been checked. */
  readonly answers?: number;
  readonly errors?: number;
  /** Inputs that the model refuses. */
  readonly refused?: number;
}

export interface Comparison {
  /** By operation, such as `codepipeline.GetPipeline`. */
  readonly rows: Readonly<Record<string, Row>>;
  /** What differs, and how often. */
  readonly problems: Readonly<Record<string, number>>;
}

/** Compares the calls that have been written to a folder with botocore's models of the services. */
export async function compare(folder: string): Promise<Comparison> {
  const python = join(__dirname, "../../../.cache/venv/bin/python");
  const { stdout } = await promisify(execFile)(python, [join(__dirname, "compare.py"), folder], {
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(stdout) as Comparison;
}
