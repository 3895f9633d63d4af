import { Announcer } from "./announcer.js";
import { drawApprovals } from "./approvals.js";
import { drawDetails } from "./details.js";
import { element, morph } from "./element.js";
import { drawExecutions, drawHistory } from "./executions.js";
import { arrange, follow } from "./feed.js";
import { drawAlarms, drawDeliveries, drawMessages } from "./lists.js";
import { LogView } from "./log.js";
import { ask } from "./operator.js";
import { drawPicture, mostInteresting } from "./picture.js";
import { Plans } from "./plans.js";
import { stagesNow, stagesOf } from "./stages.js";
import { isActive, keepTime, statusOf } from "./words.js";

const byId = (id) => document.getElementById(id);
const log = new LogView();
const announcer = new Announcer();
const plans = new Plans(() => draw());
/** What the person has chosen: a pipeline, an execution of the past, a run of an action. */
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
  const selected = find(chosen.run) ?? mostInteresting(stages);
  byId("start").hidden = !shown;
  byId("pipeline-heading").textContent = shown?.name ?? "The pipeline";
  drawChoice(shown);
  drawExecutions(byId("executions"), past ? [past] : underWay(own), past !== undefined);
  if (shown) drawPicture(byId("picture"), stages, known, selected);
  else drawBeginning(byId("picture"));
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
  document.title = shown ? `${statusOf(own[0]?.status).word} – ${shown.name}` : "Heavy Water Pipeline";
}

/** What runs, the newest first; if nothing does, what came last. */
function underWay(executions) {
  const active = executions.filter(isActive);
  return active.length > 0 ? active : executions.slice(0, 1);
}

/** A stage can be retried when it failed in the execution it saw last. */
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

function drawBeginning(place) {
  const started = known.session?.phase === "running";
  morph(
    place,
    element(
      "p",
      { class: "beginning" },
      started
        ? "There is no pipeline yet: npm run bootstrap deploys it, which takes a minute or two."
        : "AWS and GitHub are being started on this machine.",
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

const does = {
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

const submits = {
  stop: ({ execution }, values) =>
    ask(pipeline().name, "stop", { execution, reason: values.get("reason"), abandon: values.has("abandon") }),
  retry: ({ execution, stage }, values) =>
    ask(pipeline().name, "retry", { execution, stage, mode: values.get("mode") }),
  decide: async ({ stage, action, run }, values, decision) => {
    const comment = values.get("comment");
    // The form is about to go, and with it the focus.
    if (await ask(pipeline().name, "decide", { stage, action, run, decision, comment }))
      byId("pipeline-heading").focus();
  },
};

document.addEventListener("click", ({ target }) => {
  const button = target.closest("button[data-do]");
  if (!button) return;
  does[button.dataset.do](button.dataset, button);
  draw();
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-do]");
  if (!form) return;
  if (form.method !== "dialog") event.preventDefault();
  void submits[form.dataset.do](form.dataset, new FormData(form), event.submitter?.value);
});

const CONNECTIONS = {
  open: ["Live", "ok"],
  lost: ["The connection is lost. Trying again…", "bad"],
  ended: ["The rehearsal has ended.", "none"],
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
    if (known.fault) byId("connection").textContent = `What you see may be old: ${known.fault.message}`;
    else if (byId("connection").dataset.tone === "ok") connection("open");
    draw();
    announcer.tell(known);
  },
});
keepTime();
draw();
