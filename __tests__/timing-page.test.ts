import { stages } from "../stacks/pipeline/stages";
import { read, tableUnder } from "./support/documents";

const page = read("docs/timing.md");
const rows = tableUnder(page, "The steps").map((row) => row.map((cell) => cell.replace(/[*`]/g, "").trim()));
const steps = rows.filter(([name]) => name !== "Total");

const column = (index: number) => steps.map((row) => Number(row[index]));
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe("docs/timing.md", () => {
  it("has a row for every step from push to production, in order", () => {
    const actions = stages({ manualApproval: true, selfUpdateFirst: false }).flatMap(
      (stage) => stage.actions,
    );
    expect(steps.map(([name]) => name)).toEqual(actions.map(({ name }) => name));
  });

  it("adds up each column", () => {
    expect(rows.at(-1)).toEqual(["Total", ...[1, 2, 3, 4, 5].map((index) => String(sum(column(index))))]);
  });

  it("adds up what a push takes before and after", () => {
    const total = (...columns: number[]) => sum(columns.flatMap(column));
    expect(page).toContain(`**${total(1, 2, 4)} s before, ${total(1, 3, 5)} s after**`);
  });
});
