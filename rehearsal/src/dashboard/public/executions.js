import { element, morph } from "./element.js";
import { badge, isActive, moment, shortCommit, startedBy, title, took } from "./words.js";

/** Draws the active executions, or the latest, or a selected past one. */
export function drawExecutions(place, shown, past) {
  morph(
    place,
    past &&
      element(
        "p",
        { class: "past", "data-key": "past" },
        "You are viewing a past execution. ",
        element("button", { type: "button", "data-do": "now" }, "Show current"),
      ),
    shown.map((execution) => drawExecution(execution)),
  );
}

function headline({ status, message }) {
  return status === "NoCommit" ? "Push to start the pipeline" : title(message);
}

function drawExecution(execution) {
  const active = isActive(execution);
  return element(
    "div",
    { class: "execution", "data-key": execution.id },
    element("p", { class: "headline" }, badge(execution.status), element("strong", {}, headline(execution))),
    element(
      "p",
      { class: "facts" },
      execution.commit && element("code", { title: execution.commit }, shortCommit(execution.commit)),
      element("span", {}, `Started ${startedBy(execution.trigger)} at `, moment(execution.started)),
      element("span", {}, active ? "for " : "took ", took(execution.started, execution.updated, active)),
    ),
    active &&
      execution.status !== "Stopping" &&
      element(
        "button",
        { type: "button", "data-do": "ask-stop", "data-execution": execution.id },
        "Stop",
        element("span", { class: "unseen" }, ` ${shortCommit(execution.commit)}`),
      ),
    execution.summary &&
      execution.status !== "NoCommit" &&
      element("p", { class: "note" }, execution.summary),
  );
}

/** Draws the last hundred executions, newest first. */
export function drawHistory(place, executions, shownId) {
  if (executions.length === 0) {
    morph(place, element("p", { class: "empty" }, "No executions yet."));
    return;
  }
  const head = ["Status", "Change", "Started", "Took"].map((word) => element("th", { scope: "col" }, word));
  const rows = executions.map((execution) =>
    element(
      "tr",
      { "data-key": execution.id, "data-shown": execution.id === shownId },
      element("td", {}, badge(execution.status)),
      element(
        "td",
        { class: "change" },
        element(
          "button",
          {
            type: "button",
            class: "link",
            "data-do": "show",
            "data-execution": execution.id,
            "aria-pressed": String(execution.id === shownId),
          },
          execution.commit && [element("code", {}, shortCommit(execution.commit)), " "],
          element("span", {}, headline(execution)),
        ),
      ),
      element(
        "td",
        {},
        moment(execution.started),
        element("span", { class: "note" }, startedBy(execution.trigger)),
      ),
      element("td", {}, took(execution.started, execution.updated, isActive(execution))),
    ),
  );
  morph(
    place,
    element(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-labelledby": "history-heading" },
      element(
        "table",
        {},
        element("caption", { class: "unseen" }, "Latest executions, newest first"),
        element("thead", {}, element("tr", {}, head)),
        element("tbody", {}, rows),
      ),
    ),
  );
}
