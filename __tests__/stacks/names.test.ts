import { namesOf, namesOfStack, parseStateKey, stackIds } from "../../stacks/names";
import { settingsWith } from "../support/settings";

it("the names that follow from the stack name alone are those of the settings", () => {
  const names = namesOf(settingsWith({ hw_stack_name: "hw_develop", pipeline_environment: "dev" }));
  const ofStack = namesOfStack("hw_develop");
  expect(ofStack.pipeline).toBe(names.pipeline);
  expect(ofStack.project("UnitTest")).toBe(names.project("UnitTest"));
  expect(ofStack.parameter("hw_stack_name")).toBe(names.parameter("hw_stack_name"));
  expect(ofStack.stateKey(stackIds.state)).toBe(names.stateKey(stackIds.state));
});

it.each([stackIds.state, stackIds.pipeline, stackIds.service("dev")])(
  "the key of the state of %s names its stack",
  (stackId) => {
    const key = namesOfStack("hw_develop").stateKey(stackId);
    expect(key).toBe(`hw_develop/${stackId}.tfstate`);
    expect(parseStateKey(key)).toEqual({ stackName: "hw_develop", stackId });
  },
);

it.each([
  "hw/state.tfstate.tflock",
  "hw/programs/0.zip",
  "hw/a/state.tfstate",
  "state.tfstate",
  "hw/.tfstate",
])("%s is not the key of a state", (key) => {
  expect(parseStateKey(key)).toBeUndefined();
});
