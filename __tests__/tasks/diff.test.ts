import { summarize } from "../../tasks/diff";

test.each([
  ["pipeline  Plan: 3 to add, 1 to change, 0 to destroy.\n", "Plan: 3 to add, 1 to change, 0 to destroy."],
  [
    "Plan: 2 to import, 0 to add, 0 to change, 0 to destroy.",
    "Plan: 2 to import, 0 to add, 0 to change, 0 to destroy.",
  ],
  // As Terraform colours it.
  [
    "\u001b[1mPlan:\u001b[0m 1 to add, 0 to change, 0 to destroy.\u001b[0m\n",
    "Plan: 1 to add, 0 to change, 0 to destroy.",
  ],
  [
    '+ description = "Plan: 9 to 5"\nPlan: 1 to add, 0 to change, 0 to destroy.',
    "Plan: 1 to add, 0 to change, 0 to destroy.",
  ],
  ["\u001b[1mNo changes.\u001b[0m Your infrastructure matches the configuration.", "no changes"],
  ["Changes to Outputs:\n  + url = (known after apply)\n", "outputs change only"],
])("%j is summed up as %s", (output, outcome) => {
  expect(summarize(output, 0)).toBe(outcome);
});

test.each([1, null])("a plan that ended with %p has failed, whatever it said", (code) => {
  expect(summarize("Plan: 1 to add, 0 to change, 0 to destroy.", code)).toMatch(/failed/);
  expect(summarize("No changes.", code)).toMatch(/failed/);
});
