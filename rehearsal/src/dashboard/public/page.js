import { Announcer } from "./announcer.js";
import { drawApprovals } from "./approvals.js";
import { drawDetails } from "./details.js";
import { element, morph } from "./element.js";
import { drawExecutions, drawHistory } from "./executions.js";
import { arrange, follow } from "./feed.js";
import { drawAlarms, drawDeliveries, drawMessages } from "./lists.js";
import { LogView } from "./log.js";
import { ask } from "./operator.js";
import { drawPicture, defaultRun } from "./picture.js";
import { Plans } from "./plans.js";
import { drawCommitStatuses, drawPulls } from "./pulls.js";
import { stagesNow, stagesOf } from "./stages.js";
import { isActive, updateDurations, statusOf } from "./words.js";

const byId = (id) => document.getElementById(id);
const log = new LogView();
const announcer = new Announcer();
const plans = new Plans(() => draw());
/** What the user selected: a pipeline, a past execution, a run of an action. */
const chosen = { pipeline: undefined, execution: undefined, run: undefined };
let known = arrange(new Map());

function pipeline() {
  return known.pipelines.find(({ name }) => name === chosen.pipeline) ?? known.pipelines[0];
}

function draw() {
  const shown = pipeline();
  const own = known.executions.filter((execution) => execution.pipeline === shown?.name);
  const past = shown && own.find(({ id }) => id === chosen.execution);
  const stages = shown ? markRetry(past ? stagesOf(past, shown) : stagesNow(shown, known), shown) : [];
  const selected = find(chosen.run) ?? defaultRun(stages);
  byId("start").hidden = !shown;
  byId("pipeline-heading").textContent = shown?.name ?? "The pipeline";
  drawChoice(shown);
  drawExecutions(byId("executions"), past ? [past] : underWay(own), past !== undefined);
  if (shown) drawPicture(byId("picture"), stages, known, selected);
  else drawStarting(byId("picture"));
  drawApprovals(byId("approvals"), shown, known, plans);
  if (selected) drawDetails(byId("about"), selected, known, chosen.run !== undefined);
  else
    morph(byId("about"), element("h2", { id: "details-heading" }, shown ? "Details" : "npm run bootstrap"));
  log.show(
    selected ? selected.run.build : !shown && known.session?.phase === "running" ? "bootstrap" : undefined,
  );
  drawHistory(byId("history"), own, past?.id);
  drawAlarms(byId("alarms"), known.alarms);
  drawMessages(byId("messages"), known.messages);
  drawDeliveries(byId("deliveries"), known.deliveries);
  byId("status").hidden = !known.status;
  byId("status-text").textContent = known.status?.text ?? "";
  byId("pulls").hidden = known.pulls.length === 0;
  drawPulls(byId("pull-list"), known.pulls);
  byId("statuses").hidden = known.statuses.length === 0;
  drawCommitStatuses(byId("status-list"), known.statuses);
  document.title = shown ? `${statusOf(own[0]?.status).word} – ${shown.name}` : "Heavy Water Pipeline";
}

/** Returns the active executions, newest first, or else the latest. */
function underWay(executions) {
  const active = executions.filter(isActive);
  return active.length > 0 ? active : executions.slice(0, 1);
}

/** Marks the stages that can be retried: those that failed in their latest execution. */
function markRetry(stages, shown) {
  return stages.map((stage) => ({
    ...stage,
    canRetry:
      stage.status === "Failed" &&
      stage.execution?.status === "Failed" &&
      shown.stages.some(({ name, execution }) => name === stage.name && execution === stage.execution.id),
  }));
}

function find(run) {
  for (const execution of known.executions) {
    const found = execution.actions.find(({ id }) => id === run);
    if (found) return { execution, run: found };
  }
  return undefined;
}

function drawStarting(place) {
  const started = known.session?.phase === "running";
  morph(
    place,
    element(
      "p",
      { class: "starting" },
      started
        ? "No pipeline yet. npm run bootstrap is deploying it, which takes one or two minutes."
        : "Starting AWS and GitHub on this machine.",
    ),
  );
}

function drawChoice(shown) {
  if (known.pipelines.length < 2) return morph(byId("choice"));
  const others = known.pipelines.filter((one) => one !== shown);
  morph(
    byId("choice"),
    others.map(({ name }) =>
      element("button", { type: "button", "data-do": "choose", "data-pipeline": name }, `Show ${name}`),
    ),
  );
}

const commands = {
  start: () => ask(pipeline().name, "start", {}),
  choose: ({ pipeline }) => Object.assign(chosen, { pipeline, execution: undefined, run: undefined }),
  select: ({ run }) => Object.assign(chosen, { run }),
  unpin: () => Object.assign(chosen, { run: undefined }),
  show: ({ execution }) => Object.assign(chosen, { execution, run: undefined }),
  now: () => {
    Object.assign(chosen, { execution: undefined, run: undefined });
    byId("pipeline-heading").focus();
  },
  close: (_, target) => target.closest("dialog").close(),
  "ask-stop": (data) => openDialog("stop", data),
  "ask-retry": (data) => openDialog("retry", data),
};

function openDialog(id, data) {
  const dialog = byId(id);
  const form = dialog.querySelector("form");
  form.reset();
  Object.assign(form.dataset, { execution: data.execution, stage: data.stage ?? "" });
  dialog.showModal();
}

const forms = {
  stop: ({ execution }, values) =>
    ask(pipeline().name, "stop", { execution, reason: values.get("reason"), abandon: values.has("abandon") }),
  retry: ({ execution, stage }, values) =>
    ask(pipeline().name, "retry", { execution, stage, mode: values.get("mode") }),
  decide: async ({ stage, action, run }, values, decision) => {
    const comment = values.get("comment");
    // The form disappears, and with it the focus.
    if (await ask(pipeline().name, "decide", { stage, action, run, decision, comment }))
      byId("pipeline-heading").focus();
  },
};

document.addEventListener("click", ({ target }) => {
  const button = target.closest("button[data-do]");
  if (!button) return;
  commands[button.dataset.do](button.dataset, button);
  draw();
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-do]");
  if (!form) return;
  if (form.method !== "dialog") event.preventDefault();
  void forms[form.dataset.do](form.dataset, new FormData(form), event.submitter?.value);
});

const CONNECTIONS = {
  open: ["Live", "ok"],
  lost: ["Connection lost. Reconnecting…", "bad"],
  ended: ["The rehearsal has stopped.", "none"],
};

function connection(state) {
  const [words, tone] = CONNECTIONS[state];
  const place = byId("connection");
  place.textContent = words;
  place.dataset.tone = tone;
}

follow({
  connection,
  changed: (state) => {
    known = arrange(state);
    if (known.fault) byId("connection").textContent = `This may be out of date: ${known.fault.message}`;
    else if (byId("connection").dataset.tone === "ok") connection("open");
    draw();
    announcer.announce(known);
  },
});
updateDurations();
draw();
