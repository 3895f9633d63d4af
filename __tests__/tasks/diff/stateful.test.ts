import { statefulTypes } from "../../../tasks/diff/stateful";

it.each(Object.entries(statefulTypes))("a resource of the type %s loses %s", (type, lost) => {
  expect(type).toMatch(/^(aws|github)_[a-z0-9_]+$/);
  expect(lost).toMatch(/^[a-z]\S* \S/);
});
