import { breakable, element, morph } from "./element.js";
import { phaseWords } from "./picture.js";
import { actionStatus, badge, duration, moment, shortCommit, took } from "./words.js";

/** Draws one run of an action. */
export function drawDetails(place, selected, known, pinned) {
  const { run, execution } = selected;
  const build = run.build ? known.build(run.build) : undefined;
  morph(
    place,
    element(
      "div",
      { class: "bar" },
      element("h2", { id: "details-heading" }, breakable(run.name)),
      badge(actionStatus(run, run.category)),
      pinned && element("button", { type: "button", "data-do": "unpin" }, "Follow the execution"),
    ),
    element(
      "p",
      { class: "facts" },
      execution.commit && element("code", { title: execution.commit }, shortCommit(execution.commit)),
      element("span", {}, "Started at ", moment(run.started)),
      element(
        "span",
        {},
        run.status === "InProgress" ? "for " : "took ",
        took(run.started, run.updated, run.status === "InProgress"),
      ),
    ),
    run.error && element("p", { class: run.status === "NoCommit" ? "note" : "problem" }, run.error),
    run.summary && run.summary !== run.error && element("p", { class: "summary" }, run.summary),
    build && build.phases.length > 0 && drawPhases(build),
    run.exported.length > 0 &&
      element(
        "details",
        { "data-key": `exported-${run.id}` },
        element("summary", {}, "Exported variables"),
        exported(run.exported),
      ),
  );
}

function drawPhases({ phases }) {
  return element(
    "ol",
    { class: "phases", "aria-label": "Phases of the build" },
    phases
      .filter(({ seconds, status }) => seconds !== 0 || status !== "SUCCEEDED")
      .filter(({ name }) => name !== "COMPLETED")
      .map(({ name, status, seconds }) =>
        element(
          "li",
          { "data-key": name, "data-tone": status === "SUCCEEDED" ? "ok" : status ? "bad" : "running" },
          phaseWords(name),
          " ",
          element(
            "span",
            {},
            status === undefined
              ? "runs"
              : status === "SUCCEEDED"
                ? duration(seconds * 1000)
                : phaseWords(status).toLowerCase(),
          ),
        ),
      ),
  );
}

/** Draws the variables that an action exported. Only URLs on this machine become links. */
export function exported(values) {
  return element(
    "dl",
    { class: "exported" },
    values.map(({ name, value }) => [
      element("dt", {}, name),
      element(
        "dd",
        {},
        /^http:\/\/127\.0\.0\.1:\d+\//.test(value)
          ? element("a", { href: value, target: "_blank", rel: "noopener noreferrer" }, value)
          : value,
      ),
    ]),
  );
}
