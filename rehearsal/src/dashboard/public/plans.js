/** The plans that are read before a decision. Each is fetched once, when it is first asked for. */
export class Plans {
  #known = new Map();
  #arrived;

  /** `arrived` is called when there is something new to draw. */
  constructor(arrived) {
    this.#arrived = arrived;
  }

  /** The text of a plan, or why there is none to be seen. */
  of(pipeline, execution, run) {
    if (!this.#known.has(run)) {
      this.#known.set(run, "The plan is being read…");
      void this.#fetch(pipeline, execution, run);
    }
    return this.#known.get(run);
  }

  async #fetch(pipeline, execution, run) {
    const path = [pipeline, execution, run].map(encodeURIComponent).join("/");
    try {
      const response = await fetch(`/plans/${path}`);
      if (!response.ok) throw new Error(`the answer was ${response.status}`);
      this.#known.set(run, await response.text());
    } catch (error) {
      this.#known.set(run, `The plan could not be read: ${error.message}.`);
    }
    this.#arrived();
  }
}
