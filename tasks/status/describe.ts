import { visible } from "../../stacks/visible-text";
import type { Production } from "./production";
import type { DriftRecord } from "../drift/record";
import type { Read, Status } from "./status";

/** Describes what is deployed and what needs attention, a heading and its lines for each part. */
export function describeStatus({
  production,
  behind,
  pipeline,
  lastExecution,
  locks,
  drift,
  alarms,
  openApi,
  weakenings,
}: Status): string {
  const parts: [heading: string, lines: string[]][] = [
    [
      "Production",
      [
        ...lines(production, (found) => (found ? describeProduction(found) : ["not deployed yet"])),
        ...lines(behind, (commits) => (commits === undefined ? [] : [describeBehind(commits)])),
        ...openApi,
      ],
    ],
    [
      "Pipeline",
      [
        ...lines(lastExecution, (last) =>
          last
            ? [
                `last execution: ${last.status}, commit ${last.commit ?? "not read"}, since ${time(last.startedAt)}`,
              ]
            : ["no execution yet"],
        ),
        ...lines(pipeline, ({ stages, approvals }) => [
          ...stages.map(
            ({ name, status, executionId, reason }) =>
              `${name}: ${status} (execution ${executionId})${reason === undefined ? "" : `: ${visible(reason)}`}`,
          ),
          ...approvals.map(
            ({ stage, since, executionId }) =>
              `WAITS FOR AN APPROVAL in ${stage} since ${time(since)} (execution ${executionId})`,
          ),
        ]),
      ],
    ],
    [
      "Locked states",
      lines(locks, (all) =>
        all.map(({ stack, who, since }) => `${stack}: by ${visible(who)} since ${since}`),
      ),
    ],
    ["Drift", lines(drift, describeDrift)],
    ["Alarms", lines(alarms, (all) => all.map(({ name, since }) => `${name} since ${time(since)}`))],
    ["Settings that weaken the barrier", [...weakenings]],
  ];
  return parts
    .map(([heading, all]) =>
      [heading, ...(all.length > 0 ? all : ["none"]).map((line) => `  ${line}`)].join("\n"),
    )
    .join("\n\n");
}

function describeProduction(production: Production): string[] {
  const { versions, commit, versionCommit, publishedAt, unreleased, approval } = production;
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    commit === undefined ? "unknown commit: no deployment has this set of versions" : `commit ${commit}`,
    ...(unreleased === undefined
      ? []
      : [`commit ${unreleased} was delivered later: its versions are being released, or were rolled back`]),
    `versions: ${list.join(", ")}`,
    ...(versionCommit === undefined
      ? []
      : [`last changed by commit ${versionCommit}, published ${publishedAt?.slice(0, 16)}Z`]),
    ...(commit === undefined
      ? []
      : [approval ? `approved by ${approval.by} at ${time(approval.at)}` : "no approval is recorded"]),
  ];
}

function describeDrift(stacks: DriftRecord): string[] {
  const all = Object.entries(stacks).flatMap(([stack, { at, since, lines: differences }]) => [
    `${stack}: ${since === undefined ? "none" : `since ${minute(since)}`}, compared at ${minute(at)}`,
    ...differences.map((line) => `  ${visible(line)}`),
  ]);
  return all.length > 0 ? all : ["not compared yet"];
}

function describeBehind(commits: number): string {
  if (commits === 0) return "up to date with the branch";
  return `${commits} ${commits === 1 ? "commit" : "commits"} behind the branch`;
}

/** The lines of a part, or why it could not be read. */
function lines<T>(part: Read<T>, describe: (value: T) => string[]): string[] {
  return "error" in part ? [`not read: ${visible(part.error)}`] : describe(part.value);
}

/** @param at ISO 8601 */
function minute(at: string): string {
  return `${at.slice(0, 16)}Z`;
}

function time(at: Date | undefined): string {
  return at ? `${at.toISOString().slice(0, 16)}Z` : "an unknown time";
}
