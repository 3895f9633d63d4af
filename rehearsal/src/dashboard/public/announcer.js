import { actionStatus, shortCommit, statusOf } from "./words.js";

/** Milliseconds to collect changes for: one announcement is easier to listen to than five. */
const GATHER = 400;

/** Announces changes to screen readers. */
export class Announcer {
  #before;
  #sentences = [];
  #timer;

  /** Announces what differs from the previous state; nothing the first time. */
  announce(known) {
    const now = statuses(known);
    for (const [id, { sentence }] of now) {
      if (this.#before && this.#before.get(id)?.sentence !== sentence) this.#sentences.push(sentence);
    }
    this.#before = now;
    if (this.#sentences.length === 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#speak(), GATHER);
  }

  #speak() {
    document.getElementById("announcer").textContent = this.#sentences.splice(0).join(" ");
  }
}

function statuses({ executions, alarms = [] }) {
  const all = new Map();
  for (const execution of executions) {
    for (const run of execution.actions) {
      const word = statusOf(actionStatus(run, run.category)).word.toLowerCase();
      all.set(run.id, { sentence: `${run.name}: ${word}.` });
    }
    const word = statusOf(execution.status).word.toLowerCase();
    if (execution.commit)
      all.set(execution.id, { sentence: `Execution of ${shortCommit(execution.commit)}: ${word}.` });
  }
  for (const { name, state } of alarms)
    all.set(`alarm/${name}`, { sentence: `Alarm ${name}: ${statusOf(state).word}.` });
  return all;
}
