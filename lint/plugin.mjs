import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { zones } from "./zones.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Refuses an import that the table of zones does not allow, and every import of main.ts. */
const importZones = {
  create(context) {
    const file = relative(root, context.filename).replaceAll(sep, "/");
    const zone = zoneOf(file);
    const check = (node, source) => {
      if (source?.type !== "Literal" || !/^\.{1,2}(\/|$)/.test(source.value)) return;
      const imported = join(dirname(file), source.value).replaceAll(sep, "/");
      for (const message of problems(zone, imported)) context.report({ node, message });
    };
    const declaration = (node) => check(node, node.source);
    return {
      ImportDeclaration: declaration,
      ExportNamedDeclaration: declaration,
      ExportAllDeclaration: declaration,
      ImportExpression: declaration,
      TSImportType: declaration,
      "CallExpression[callee.name='require']": (node) => check(node, node.arguments[0]),
    };
  },
};

function* problems(zone, imported) {
  if (contains("main.ts", imported)) yield "Nothing imports main.ts.";
  const allowed = zones[zone];
  if (allowed?.some((entry) => contains(entry, imported)) === false)
    yield `${zone} may import from: ${allowed.join(", ") || "nothing local"}.`;
}

/** The zone of a file: the longest entry of the table that contains it. */
function zoneOf(file) {
  return Object.keys(zones)
    .filter((zone) => contains(zone, file))
    .sort((a, b) => b.length - a.length)[0];
}

/** Whether an entry of the table, a folder or a module, contains a path, whose extension can be missing. */
function contains(entry, path) {
  return path === entry || `${path}.ts` === entry || path.startsWith(`${entry}/`);
}

const noPrivateNames = {
  create: (context) => ({
    PrivateIdentifier(node) {
      context.report({ node, message: "Write private: parameter properties cannot be #names." });
    },
  }),
};

const itOnly = {
  create: (context) => ({
    ":matches(CallExpression[callee.name='test'], CallExpression[callee.object.name='test'])"(node) {
      context.report({ node, message: "Write it(…), as the other tests do." });
    },
  }),
};

/** The project's own rules, for what no published rule of oxlint checks. They are written for ESLint's interface. */
export default {
  meta: { name: "project" },
  rules: { "import-zones": importZones, "no-private-names": noPrivateNames, "it-only": itOnly },
};
