import { breakable, element, morph } from "./element.js";
import { moment, shortCommit, title } from "./words.js";
import { exported } from "./details.js";

/** Draws a form for each approval in progress, with its context. */
export function drawApprovals(place, pipeline, known, plans) {
  const waiting = known.executions
    .filter((execution) => execution.pipeline === pipeline?.name)
    .flatMap((execution) =>
      execution.actions
        .filter((run) => run.category === "Approval" && run.status === "InProgress")
        .map((run) => ({ execution, run })),
    );
  place.hidden = waiting.length === 0;
  morph(
    place,
    waiting.map((one) => drawApproval(one, pipeline, known, plans)),
  );
}

function drawApproval(waiting, pipeline, known, plans) {
  const { execution, run } = waiting;
  return element(
    "form",
    {
      class: "approval",
      "data-key": run.id,
      "data-do": "decide",
      "data-stage": run.stage,
      "data-action": run.name,
      "data-run": run.id,
    },
    element("div", { class: "what" }, what(waiting, pipeline, known)),
    run.plan && plan(run, plans.of(pipeline.name, execution.id, run.id)),
    element("div", { class: "decision" }, decision(run)),
  );
}

function what({ execution, run }, pipeline, known) {
  const before = lastPast(run.stage, pipeline, known);
  const facts = execution.actions.filter(({ id, exported }) => id !== run.id && exported.length > 0);
  return [
    element("h2", {}, breakable(`${run.name} is waiting for your approval`)),
    element(
      "p",
      { class: "headline" },
      element("code", { title: execution.commit }, shortCommit(execution.commit)),
      element("strong", {}, title(execution.message)),
    ),
    rest(execution.message) && element("pre", { class: "message" }, rest(execution.message)),
    run.asks && run.asks !== execution.message && element("p", { class: "asks" }, run.asks),
    run.link && element("p", {}, link(run.link)),
    element(
      "p",
      { class: "note" },
      "Waiting since ",
      moment(run.started),
      ". ",
      before
        ? `Last change past this stage: ${shortCommit(before.commit)} ${title(before.message)}.`
        : "No change has passed this stage yet.",
    ),
    facts.length > 0 &&
      element(
        "details",
        {},
        element("summary", {}, "Exported variables of earlier actions"),
        facts.map(({ name, exported: values }) => [element("h3", {}, name), exported(values)]),
      ),
  ];
}

function plan(run, text) {
  const id = `plan-${run.id}`;
  return element(
    "div",
    { class: "plan" },
    element("h3", { id }, "Plan"),
    // Scrollable with the keyboard.
    element("pre", { role: "region", "aria-labelledby": id, tabindex: "0" }, text),
  );
}

function decision(run) {
  const id = `comment-${run.id}`;
  return [
    element("label", { for: id }, "Comment (optional)"),
    element("textarea", { id, name: "comment", rows: "2", maxlength: "512" }),
    element(
      "p",
      { class: "buttons" },
      element("button", { value: "Approved", class: "primary" }, "Approve"),
      element("button", { value: "Rejected", class: "danger" }, "Reject"),
    ),
  ];
}

/** Returns the latest execution that passed the next stage: what is deployed there. */
function lastPast(stage, pipeline, known) {
  const next = pipeline.stages[pipeline.stages.findIndex(({ name }) => name === stage) + 1];
  return known.executions.find(({ actions }) =>
    actions.some((run) => run.stage === next?.name && run.status === "Succeeded"),
  );
}

function rest(message) {
  return (message ?? "").split("\n").slice(1).join("\n").trim();
}

function link(address) {
  const isWeb = /^https?:\/\//.test(address);
  return isWeb
    ? element("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, address)
    : address;
}
