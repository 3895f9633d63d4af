import { element } from "./element.js";
import { drawList } from "./lists.js";
import { shortCommit } from "./words.js";

const TONES = { success: "ok", pending: "wait", failure: "bad", error: "bad" };

/** Draws the pull requests with their statuses, labels and comments. */
export function drawPulls(place, pulls) {
  drawList(
    place,
    pulls,
    "No pull requests yet.",
    ({ number, title, state, branch, commit, labels, statuses, comments }) => [
      element(
        "p",
        { class: "line" },
        element("strong", {}, `#${number} ${title}`),
        labels.map((name) => element("span", { class: "status", "data-tone": "bad" }, name)),
      ),
      element("p", { class: "note" }, `${state}, ${branch} at `, element("code", {}, shortCommit(commit))),
      statuses.map((status) => drawStatus(status)),
      comments.map((comment) => drawComment(comment)),
    ],
    ({ number }) => String(number),
  );
}

/** Draws the commits with their statuses. */
export function drawCommitStatuses(place, commits) {
  drawList(
    place,
    commits,
    "No statuses yet.",
    ({ commit, statuses }) => [
      element("p", { class: "line" }, element("code", {}, shortCommit(commit))),
      statuses.map((status) => drawStatus(status)),
    ],
    ({ commit }) => commit,
  );
}

function drawStatus({ context, state, description }) {
  return element(
    "p",
    { class: "line", "data-key": `status-${context}` },
    element("span", {}, `${context}: ${description ?? ""}`),
    element("span", { class: "status", "data-tone": TONES[state] }, state),
  );
}

/** The text of a comment as it is, in Markdown. */
function drawComment({ id, author, text }) {
  const [first = ""] = text.trim().split("\n");
  return element(
    "details",
    { "data-key": `comment-${id}` },
    element("summary", {}, element("strong", {}, author), ` ${first.replace(/^#+ /, "")}`),
    element("pre", { class: "message" }, text),
  );
}
