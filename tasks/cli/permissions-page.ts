/** Writes `docs/permissions.md`: `npm run docs:permissions`. */
import { parse } from "dotenv";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSettings } from "../../settings";
import { permissionsPage } from "../../stacks/iam/page";
import { root } from "../command";

const example = readSettings(parse(readFileSync(join(root, ".env.example"))));
writeFileSync(join(root, "docs/permissions.md"), permissionsPage(example));
