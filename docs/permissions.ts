/** Writes `docs/permissions.md`: `npm run docs:permissions`. */
import { parse } from "dotenv";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSettings } from "../settings";
import { permissionsPage } from "../stacks/permissions/page";

const example = readSettings(parse(readFileSync(join(__dirname, "../.env.example"))));
writeFileSync(join(__dirname, "permissions.md"), permissionsPage(example));
