import { parse } from "dotenv";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readSettings } from "../../../settings";
import { permissionsPage } from "../../../stacks/iam/page";

const root = join(__dirname, "../../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

it("docs/permissions.md is the page that is generated from the statements", () => {
  const page = permissionsPage(readSettings(parse(read(".env.example"))));
  if (read("docs/permissions.md") !== page)
    throw new Error("docs/permissions.md is out of date. Run: npm run docs:permissions");
});
