import fc from "fast-check";
import { codePoint } from "../../support/code-point";
import { nameProblem } from "../../../lambda-src/shared/keys";

/** Document names that are accepted, those that like to go wrong in URLs, keys and XML among them. */
export const documentNames = fc
  .oneof(
    fc.string({ unit: codePoint, minLength: 1, maxLength: 40 }),
    fc.string({
      unit: fc.constantFrom(
        "%",
        "2",
        "5",
        "F",
        "+",
        " ",
        "?",
        "#",
        "\\",
        ".",
        "&",
        "<",
        "é",
        "日",
        "😀",
        "~",
        ";",
      ),
      minLength: 1,
      maxLength: 20,
    }),
  )
  .filter((name) => nameProblem(name) === undefined);
