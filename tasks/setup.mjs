import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { SetupError } from "./setup/command.mjs";
import { checkFolder } from "./setup/folder.mjs";
import { installPackages } from "./setup/packages.mjs";
import { prepareProviders } from "./setup/providers.mjs";
import { AWS_CLI, EMULATOR, hasPython, installPython, ORACLES, SCHEMATHESIS } from "./setup/python.mjs";
import { installForTests } from "./setup/tools-of-tests.mjs";
import { checkTools } from "./setup/tools.mjs";

// Sets up a new machine: `node tasks/setup.mjs` for the tasks, `node tasks/setup.mjs rehearsal` for a
// rehearsal too, `node tasks/setup.mjs dev` for the API on this machine, which takes no Terraform;
// `node tasks/setup.mjs schemathesis`, `… oracles`, `… mutation` and `… node-versions` install what only tests need. It
// runs before every script, so what is installed already costs nothing and prints nothing.
// Plain JavaScript without packages, because it installs them.

const forTests = {
  schemathesis: () => preparePython(SCHEMATHESIS),
  oracles: () => preparePython(ORACLES),
  mutation: prepareStryker,
  "node-versions": () => installForTests(root, "node-versions", "rehearsal/__tests__/node-versions"),
};

const root = dirname(dirname(fileURLToPath(import.meta.url)));

try {
  checkFolder(root);
  const [part, ...rest] = process.argv.slice(2);
  if (![undefined, "rehearsal", "dev", ...Object.keys(forTests)].includes(part) || rest.length > 0) {
    throw new SetupError(
      `Usage: node tasks/setup.mjs [rehearsal | dev | ${Object.keys(forTests).join(" | ")}]`,
    );
  }
  if (part in forTests) await forTests[part]();
  else await prepare(part);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

async function prepare(part) {
  const environments = { dev: [EMULATOR], rehearsal: [EMULATOR, AWS_CLI] }[part] ?? [];
  const missing = environments.filter((environment) => !hasPython(root, environment));
  const commands = await checkTools([
    ...(part === "dev" ? [] : ["git", "terraform"]),
    ...(part === "rehearsal" ? ["bash"] : []),
    ...(missing.length > 0 ? ["python"] : []),
  ]);
  await installPackages(root);
  for (const environment of missing) await installPython(root, environment, commands.python);
  if (part === "rehearsal") await prepareProviders(root);
}

async function preparePython(environment) {
  if (hasPython(root, environment)) return;
  const { python } = await checkTools(["python"]);
  await installPython(root, environment, python);
}

async function prepareStryker() {
  await checkTools(["git", "terraform"]);
  await installPackages(root);
  await installForTests(root, "mutation", "mutation");
}
