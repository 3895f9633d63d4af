import { element } from "./element.js";

/** Lines that are shown; the full log has a link. */
const LINES = 2_000;

/** Shows the log of one build while it is written. */
export class LogView {
  #place = document.getElementById("log");
  #lines = document.getElementById("lines");
  #note = document.getElementById("log-note");
  #follow = document.getElementById("follow");
  #source;
  #id;

  constructor() {
    this.#follow.addEventListener("change", () => this.#scroll());
    // Scrolling up stops following the log; scrolling to the end resumes it.
    this.#lines.addEventListener("scroll", () => {
      const { scrollHeight, scrollTop, clientHeight } = this.#lines;
      this.#follow.checked = scrollHeight - scrollTop - clientHeight < 40;
    });
  }

  /** Shows the log of a build, or none. */
  show(id) {
    if (id === this.#id) return;
    this.#id = id;
    this.#source?.close();
    this.#lines.replaceChildren();
    this.#note.hidden = true;
    this.#place.hidden = id === undefined;
    if (id === undefined) return;
    this.#follow.checked = true;
    const address = `/logs/${encodeURIComponent(id)}`;
    document.getElementById("whole").href = `${address}/whole`;
    this.#source = new EventSource(address);
    this.#source.addEventListener("lines", ({ data }) => this.#append(JSON.parse(data)));
    this.#source.addEventListener("end", () => this.#source.close());
  }

  #append({ lines, gap }) {
    if (gap) {
      this.#lines.replaceChildren();
      this.#leftOut();
    }
    this.#lines.append(...lines.map(line));
    while (this.#lines.childElementCount > LINES) {
      this.#lines.firstElementChild.remove();
      this.#leftOut();
    }
    if (this.#follow.checked) this.#scroll();
  }

  #leftOut() {
    this.#note.hidden = false;
    this.#note.textContent = `Showing the last ${LINES} lines. Earlier lines are in the full log.`;
  }

  #scroll() {
    if (this.#follow.checked) this.#lines.scrollTop = this.#lines.scrollHeight;
  }
}

/** The start of a line that CodeBuild itself writes, with a time in UTC. */
const OWN = /^\[Container\] (\d+)\/(\d+)\/(\d+) (\d+:\d+:\d+\.\d{3})\d* /;
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

function line(text) {
  const [beginning, year, month, day, time] = OWN.exec(text) ?? [];
  if (!beginning) return element("span", {}, `${text}\n`);
  const clock = CLOCK.format(new Date(`${year}-${month}-${day}T${time}Z`));
  return element("span", { class: "own" }, `${clock}  ${text.slice(beginning.length)}\n`);
}
