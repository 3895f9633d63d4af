import { cpus, loadavg, totalmem } from "node:os";

/** Describes this machine and its load: figures of two machines, or of a busy one, cannot be compared. */
export function machine(): string {
  const [load = 0] = loadavg();
  const cores = cpus().length;
  const busy = load > cores / 4 ? " The machine is busy: compare only rows of this table." : "";
  return [
    `${cpus()[0]?.model ?? "unknown CPU"}, ${cores} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GB`,
    `Node.js ${process.versions.node}, ${process.platform}`,
    `load ${load.toFixed(1)} before the start.${busy}`,
  ].join(", ");
}
