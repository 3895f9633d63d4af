import { statefulTypes } from "../../../tasks/diff/stateful";

it.each(Object.keys(statefulTypes))("what is lost with a resource of the type %s is shown", (type) => {
  expect(type).toMatch(/^(aws|github)_[a-z0-9_]+$/);
  expect(statefulTypes[type]).toMatch(/^[a-z]\S* \S/);
});
