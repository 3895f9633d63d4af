/** The plans for approvals, each fetched once when it is first shown. */
export class Plans {
  #known = new Map();
  #arrived;

  /** @param arrived called when a plan was fetched */
  constructor(arrived) {
    this.#arrived = arrived;
  }

  /** Returns the text of a plan, or why it cannot be shown. */
  of(pipeline, execution, run) {
    if (!this.#known.has(run)) {
      this.#known.set(run, "Loading the plan…");
      void this.#fetch(pipeline, execution, run);
    }
    return this.#known.get(run);
  }

  async #fetch(pipeline, execution, run) {
    const path = [pipeline, execution, run].map(encodeURIComponent).join("/");
    try {
      const response = await fetch(`/plans/${path}`);
      if (!response.ok) throw new Error(`status ${response.status}`);
      this.#known.set(run, await response.text());
    } catch (error) {
      this.#known.set(run, `The plan could not be loaded: ${error.message}.`);
    }
    this.#arrived();
  }
}
