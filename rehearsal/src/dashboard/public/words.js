import { element, icon } from "./element.js";

/** The word, icon and colour of each status. */
const STATUSES = {
  InProgress: { word: "Running", icon: "running", tone: "running" },
  Waits: { word: "Waiting for you", icon: "wait", tone: "wait" },
  Succeeded: { word: "Succeeded", icon: "ok", tone: "ok" },
  Failed: { word: "Failed", icon: "failed", tone: "bad" },
  NoCommit: { word: "No commit yet", icon: "none", tone: "none" },
  Skipped: { word: "Skipped", icon: "skipped", tone: "none" },
  Stopping: { word: "Stopping", icon: "running", tone: "wait" },
  Stopped: { word: "Stopped", icon: "stopped", tone: "none" },
  Abandoned: { word: "Abandoned", icon: "stopped", tone: "none" },
  Cancelled: { word: "Cancelled", icon: "stopped", tone: "none" },
  Superseded: { word: "Superseded", icon: "skipped", tone: "none" },
  OK: { word: "OK", icon: "ok", tone: "ok" },
  ALARM: { word: "Alarm", icon: "failed", tone: "bad" },
  INSUFFICIENT_DATA: { word: "No data yet", icon: "none", tone: "none" },
};

const NOT_REACHED = { word: "Not reached", icon: "none", tone: "none" };

export function statusOf(status) {
  return Object.hasOwn(STATUSES, status ?? "")
    ? STATUSES[status]
    : { ...NOT_REACHED, word: status ?? NOT_REACHED.word };
}

/** Returns an action's status; an approval in progress waits for the reviewer. */
export function actionStatus(run, category) {
  return run?.status === "InProgress" && category === "Approval" ? "Waits" : run?.status;
}

/** Returns the icon and word of a status. */
export function badge(status) {
  const { word, icon: name, tone } = statusOf(status);
  return element("span", { class: "status", "data-tone": tone }, icon(name), element("span", {}, word));
}

export function isActive(execution) {
  return execution?.status === "InProgress" || execution?.status === "Stopping";
}

/** Returns the first line of a commit message. */
export function title(message) {
  return (message ?? "").split("\n", 1)[0];
}

export function shortCommit(commit) {
  return commit ? commit.slice(0, 7) : "no commit yet";
}

const TRIGGERS = {
  Webhook: "by a push",
  StartPipelineExecution: "manually",
  CreatePipeline: "when the pipeline was created",
  StartPipelineExecutionAfterUpdate: "after an update",
};

export function startedBy(trigger) {
  return TRIGGERS[trigger] ?? (trigger ? `by ${trigger}` : "");
}

/** Cuts digests to eight digits. */
export function shortDigests(text) {
  return text.replace(/[0-9a-f]{40,}/g, (digest) => `${digest.slice(0, 8)}…`);
}

/** `0:42`, `12:05`, `1:02:03`. */
export function duration(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (number) => String(number).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Returns a duration, which counts up while the action runs. */
export function took(started, ended, runs) {
  if (!started) return undefined;
  if (runs)
    return element(
      "time",
      { "data-since": started, class: "took" },
      duration(Date.now() - new Date(started)),
    );
  return element("time", { class: "took" }, duration(new Date(ended) - new Date(started)));
}

const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** Returns the time, with the date if it is not today. */
export function moment(at) {
  if (!at) return "";
  const date = new Date(at);
  const isToday = date.toDateString() === new Date().toDateString();
  return element("time", { datetime: at }, (isToday ? CLOCK : DAY).format(date));
}

/** Updates the durations that count up, every second. */
export function updateDurations() {
  setInterval(() => {
    for (const time of document.querySelectorAll("time[data-since]")) {
      time.textContent = duration(Date.now() - new Date(time.dataset.since));
    }
  }, 1000);
}
