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
  readonly smokeTest?: Rehearsed["smokeTest"];
  readonly productionUrl?: string;
  /** What failed, and why. */
  readonly failure?: { readonly message: string; readonly log?: string };
}

/**
 * Returns the table that a rehearsal ends with: each part and stage with its share of the time, what builds would download
 * in AWS, and the smoke test.
 */
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
  const { smokeTest } = summary;
  const result = smokeTest && [
    "",
    `Production answers with commit ${smokeTest.commit}.`,
    `The uploaded document ${smokeTest.document} was processed (SHA-256 ${smokeTest.sha256.slice(0, 12)}…).`,
  ];
  return [...rows, row("Total", "", summary.seconds), ...downloadRows(summary), ...(result ?? [])].join("\n");
}

/** Returns a row for each build that downloads Terraform providers in AWS: their number, and their size unpacked. */
function downloadRows({ execution }: Summary): string[] {
  const rows = (execution?.downloads ?? [])
    .filter(({ count }) => count > 0)
    .map(({ action, count, bytes }) => {
      const megabytes = `${Math.round(bytes / 1024 ** 2)}`;
      return `  ${action.padEnd(22)}${`${count}`.padEnd(12)}${megabytes.padStart(7)} MB`;
    });
  return rows.length === 0 ? [] : ["", "Providers that Terraform downloads in AWS, unpacked", ...rows];
}
