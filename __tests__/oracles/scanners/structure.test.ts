import { synthesized } from "../../support/synth";
import { stacksOf, variants } from "../variants";
import { cfnLint } from "./cfn-lint";
import { templateOf } from "./cloudformation";
import { installScanners } from "./scanner";

jest.setTimeout(240_000);
beforeAll(installScanners, 600_000);

it("cfn-lint takes the stacks of all settings", async () => {
  const stacks = Object.values(variants).flatMap(stacksOf);
  const said = await cfnLint(stacks.map((stack) => templateOf(synthesized(stack))));
  expect([...new Set(said.flat())]).toEqual([]);
});
