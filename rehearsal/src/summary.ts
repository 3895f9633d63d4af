import type { Rehearsed } from "./rehearse";

/** A part of the rehearsal and the time it took. */
export interface Part {
  readonly name: string;
  readonly seconds: number;
}

/** What `--json` writes. */
export interface Summary {
  readonly succeeded: boolean;
  readonly commit: string;
  readonly seconds: number;
  readonly parts: readonly Part[];
  readonly execution?: Rehearsed["execution"];
  readonly proof?: Rehearsed["proof"];
  readonly productionUrl?: string;
  /** What failed and why, when something did. */
  readonly failure?: { readonly message: string; readonly log?: string };
}

/** The table a person sees at the end: the parts with their share of the time, within the pipeline its stages, and the proof. */
export function describe(summary: Summary): string {
  const stages = summary.execution?.stages ?? [];
  const row = (name: string, status: string, seconds: number) => {
    const share = Math.round((100 * seconds) / summary.seconds);
    return `${name.padEnd(24)}${status.padEnd(12)}${seconds.toFixed(1).padStart(7)} s${`${share} %`.padStart(7)}`;
  };
  const rows = summary.parts.flatMap(({ name, seconds }) => [
    row(name, "", seconds),
    ...(name === "Pipeline"
      ? stages.map((stage) => row(`  ${stage.name}`, stage.status, stage.seconds))
      : []),
  ]);
  const proof = summary.proof && [
    "",
    `Production answers with commit ${summary.proof.commit}.`,
    `The document ${summary.proof.document} was put there and found processed (SHA-256 ${summary.proof.sha256.slice(0, 12)}…).`,
  ];
  return [...rows, row("Together", "", summary.seconds), ...(proof ?? [])].join("\n");
}
