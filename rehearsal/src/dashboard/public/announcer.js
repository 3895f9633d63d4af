import { actionStatus, shortCommit, statusOf } from "./words.js";

/** Milliseconds for which changes are gathered: one sentence is easier to listen to than five. */
const GATHER = 400;

/** Tells somebody who does not see the page what has changed. */
export class Announcer {
  #before;
  #sentences = [];
  #timer;

  /** Compares with what was known before; the first time there is nothing to compare with. */
  tell(known) {
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
