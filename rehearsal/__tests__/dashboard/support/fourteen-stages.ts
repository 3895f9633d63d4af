/** Every status that the page can show for a stage, with what makes it so. */
export const STATUSES = [
  undefined,
  "InProgress",
  "Waits",
  "Succeeded",
  "Failed",
  "Skipped",
  "Stopping",
  "Stopped",
  "Abandoned",
  "Cancelled",
  "NoCommit",
] as const;
export type Status = (typeof STATUSES)[number];

const STAGES: readonly (readonly [stage: string, ...actions: string[]])[] = [
  ["Source1"],
  ["UnitTest", "UnitTest", "CheckBuild"],
  ["ConfirmPermissions"],
  ["ConfirmPipeline"],
  ["SelfUpdate"],
  ["DeployOnStage"],
  ["IntegrationTest", "DeployOnDev", "IntegrationTest"],
  ["PlanOnProd"],
  ["ManualApproval", "PlanOnProd", "ManualApproval"],
  ["DeployOnProd"],
  ["ReleaseApi"],
  ["ReleaseRecordObject"],
  ["ReleaseDocumentNotifications"],
  ["ArchiveProvenanceStatements"],
];

const EXECUTION = "5d6c2e4a-0000-4000-8000-000000000001";
const QUEUED = "5d6c2e4a-0000-4000-8000-000000000002";
const DIGEST = "3f7a9c1e".repeat(8);
const SUBJECT = "Shift the traffic of both functions in steps of ten percent";

/** What the server's events tell about a pipeline of 14 stages that all have one status. */
export function fourteenStages(status: Status): ReadonlyMap<string, object> {
  const isFirst = status === "NoCommit";
  const started = "2026-11-29T02:00:00.000Z";
  const updated = "2026-11-29T02:12:34.000Z";
  const actions = STAGES.flatMap(([stage, ...names]) =>
    (names.length > 0 ? names : [stage]).map((name, index) => ({ stage, name, order: index + 1 })),
  );
  const category = (name: string) =>
    status === "Waits" || /^Confirm|Approval$/.test(name) ? "Approval" : isFirst ? "Source" : "Build";
  const hasRun = status !== undefined && status !== "Skipped";
  const execution = (id: string) => ({
    pipeline: "hw-pipeline",
    id,
    status: status === "Waits" ? "InProgress" : (status ?? "InProgress"),
    summary: status === "Failed" ? "The action failed." : undefined,
    started,
    updated,
    trigger: isFirst ? "CreatePipeline" : "Webhook",
    commit: isFirst ? undefined : "89dee31c0ffee0000000000000000000000000ab",
    message: isFirst ? undefined : `${SUBJECT}\n\nAnd more about it.`,
    actions:
      hasRun && id === EXECUTION
        ? actions.map(({ stage, name }) => ({
            id: `${stage}/${name}`,
            stage,
            name,
            category: category(name),
            provider: "CodeBuild",
            status: status === "Waits" ? "InProgress" : status,
            started,
            updated,
            error: status === "Failed" ? `COMMAND_EXECUTION_ERROR: ${DIGEST}` : undefined,
            exported: [{ name: "PIPELINE_DIGEST", value: DIGEST }],
            asks: status === "Waits" ? `Added permissions: none. ${SUBJECT}` : undefined,
          }))
        : [],
  });
  const pipeline = {
    name: "hw-pipeline",
    stages: STAGES.map(([name]) => ({
      name,
      actions: actions
        .filter(({ stage }) => stage === name)
        .map((action) => ({ ...action, category: category(action.name), provider: "CodeBuild" })),
      status: status === "Waits" ? "InProgress" : status === "NoCommit" ? "Failed" : status,
      execution: status === undefined ? undefined : EXECUTION,
      waiting: status === "InProgress" ? [QUEUED] : [],
      closed: status === "Stopped" ? "Frozen until the incident review is over" : undefined,
      condition: status === "Skipped" ? `PIPELINE_DIGEST of CheckBuild is ${DIGEST}` : "",
    })),
  };
  return new Map<string, object>([
    ["session", { phase: "running" }],
    [`execution/hw-pipeline/${EXECUTION}`, execution(EXECUTION)],
    [`execution/hw-pipeline/${QUEUED}`, execution(QUEUED)],
    ["pipeline/hw-pipeline", pipeline],
    [
      "alarms",
      [{ name: "hw-ReleaseDocumentNotifications-failed", state: "ALARM", reason: SUBJECT, updated }],
    ],
    ["messages", [{ id: 1, at: updated, subject: 'ALARM: "hw-ConfirmPermissions-failed"', text: SUBJECT }]],
    [
      "deliveries",
      [
        {
          id: 1,
          event: "push",
          at: updated,
          status: "OK",
          code: 200,
          ref: "refs/heads/main",
          message: SUBJECT,
        },
      ],
    ],
  ]);
}

/** The same as the text of server-sent events. */
export function asEvents(state: ReadonlyMap<string, object>): string {
  const event = (name: string, data: object) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  const sets = [...state].map(([key, value]) => event("set", { key, value }));
  return ["retry: 600000\n\n", event("reset", {}), ...sets, event("ready", {})].join("");
}
