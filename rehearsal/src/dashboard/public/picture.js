import { breakable, element, morph } from "./element.js";
import { badge, duration, isActive, shortCommit, statusOf, shortDigests, took } from "./words.js";

/** Draws the stages, and animates the commit of an execution from one stage to the next. */
export function drawPicture(place, stages, known, selected) {
  const before = chipPlaces(place);
  const list = element(
    "ol",
    { class: "stages" },
    stages.map((stage) => drawStage(stage, known, selected)),
  );
  morph(place, list);
  glide(place, before);
}

function drawStage(stage, known, selected) {
  const waits = stage.actions.some(({ status }) => status === "Waits");
  const status = waits ? "Waits" : stage.status;
  const { execution } = stage;
  return element(
    "li",
    {
      "data-key": stage.name,
      class: "stage",
      "data-tone": statusOf(status).tone,
      "data-status": status ?? "none",
      "data-earlier": stage.earlier,
    },
    element("h3", {}, breakable(stage.name)),
    element("p", { class: "line" }, badge(status), status !== "NoCommit" && chip(stage)),
    stage.earlier && execution && element("p", { class: "note" }, "Earlier execution"),
    stage.status === "Skipped" &&
      stage.condition &&
      element("p", { class: "note" }, breakable(shortDigests(stage.condition))),
    stage.closed !== undefined &&
      element("p", { class: "note" }, `Transition disabled${stage.closed ? `: ${stage.closed}` : ""}`),
    stage.waiting.map((execution) =>
      element(
        "p",
        { class: "note", "data-key": execution.id },
        element("code", { class: "chip queued", "data-chip": execution.id }, shortCommit(execution.commit)),
        " is waiting",
      ),
    ),
    element(
      "ol",
      { class: "actions" },
      stage.actions.map((action) => drawAction(stage, action, known, selected)),
    ),
    waits && element("a", { href: "#approvals", class: "decide" }, "Decide"),
    stage.canRetry &&
      element(
        "button",
        { type: "button", "data-do": "ask-retry", "data-stage": stage.name, "data-execution": execution.id },
        `Retry ${stage.name}`,
      ),
  );
}

/** The commit of a stage's latest execution; it moves while that execution runs. */
function chip({ execution, status, name }) {
  if (!execution) return undefined;
  const here = isActive(execution) && status !== "Succeeded" && status !== "Skipped";
  const attributes = here ? { class: "chip here", "data-chip": execution.id } : { class: "chip" };
  return element("code", { ...attributes, "data-key": `chip-${name}` }, shortCommit(execution.commit));
}

function drawAction(stage, { name, category, provider, run, status }, known, selected) {
  const running = run?.status === "InProgress";
  const isAlone = stage.actions.length === 1 && name === stage.name;
  const isSelected = run !== undefined && selected?.run?.id === run.id;
  const build = running && run.build ? known.build(run.build) : undefined;
  const doing = build?.phase ? phaseWords(build.phase) : statusOf(status).word;
  return element(
    "li",
    { "data-key": `${stage.name}/${name}` },
    element(
      "button",
      {
        type: "button",
        class: "action",
        "data-do": "select",
        "data-run": run?.id,
        "data-execution": stage.execution?.id,
        "data-tone": statusOf(status).tone,
        "aria-pressed": String(isSelected),
        disabled: run === undefined,
      },
      // Its stage shows the same name; a screen reader needs it here too.
      element("span", { class: isAlone ? "name unseen" : "name" }, breakable(name)),
      element("span", { class: "doing" }, run ? doing : kind(category, provider)),
      run && took(run.started, run.updated, running),
      running && status !== "Waits" && progress(name, run, known),
    ),
  );
}

/** Shows how long the action took when it last succeeded. */
function progress(name, run, known) {
  const earlier = known.executions
    .flatMap(({ actions }) => actions)
    .find((one) => one.name === name && one.stage === run.stage && one.status === "Succeeded");
  if (!earlier) return element("span", { class: "progress" });
  const usual = new Date(earlier.updated) - new Date(earlier.started);
  return element("span", { class: "usual" }, `usually ${duration(usual)}`);
}

/** Turns `DOWNLOAD_SOURCE` into "Download source". */
export function phaseWords(phase) {
  const words = phase.toLowerCase().replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function kind(category, provider) {
  if (category === "Approval") return "Manual approval";
  if (category === "Deploy") return "Shifts traffic";
  return category === "Source" ? `Source from ${provider}` : (provider ?? "");
}

/** Selects the run to show: the latest that is in progress, or failed, or ended. Approvals have their own form. */
export function defaultRun(stages) {
  const found = stages
    .filter(({ earlier }) => !earlier)
    .flatMap(({ execution, actions }) => actions.map(({ run, status }) => ({ execution, run, status })))
    .filter(({ run, status }) => run && status !== "Waits");
  return (
    found.findLast(({ status }) => status === "InProgress") ??
    found.findLast(({ status }) => status === "Failed" || status === "Abandoned") ??
    found.findLast(({ run }) => run.category !== "Approval")
  );
}

function chipPlaces(place) {
  const chips = [...place.querySelectorAll("[data-chip]")];
  return new Map(chips.map((chip) => [chip.dataset.chip, chip.getBoundingClientRect()]));
}

function glide(place, before) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  for (const chip of place.querySelectorAll("[data-chip]")) {
    const from = before.get(chip.dataset.chip);
    const to = chip.getBoundingClientRect();
    const [x, y] = from ? [from.left - to.left, from.top - to.top] : [0, 0];
    if (Math.abs(x) + Math.abs(y) < 8) continue;
    chip.animate([{ transform: `translate(${x}px, ${y}px)` }, { transform: "none" }], {
      duration: 700,
      easing: "cubic-bezier(.3,.1,.2,1)",
    });
  }
}
