import js from "@eslint/js";
import prettier from "eslint-config-prettier";
import { createTypeScriptImportResolver } from "eslint-import-resolver-typescript";
import importX from "eslint-plugin-import-x";
import { readdirSync } from "node:fs";
import tseslint from "typescript-eslint";

/** Who may import whom; the table is explained in docs/architecture.md. */
const folders = {
  "./settings.ts": ["./setting-values.ts"],
  "./setting-values.ts": [],
  "./invocation.ts": ["./settings.ts"],
  "./stacks/constructs": ["./stacks/constructs", "./stacks/functions.ts", "./settings.ts", "./invocation.ts"],
  "./stacks": ["./stacks", "./settings.ts", "./invocation.ts"],
  "./main.ts": ["./stacks", "./settings.ts", "./invocation.ts"],
  ...functionFolders(),
  "./tasks": [
    "./tasks",
    "./stacks/bootstrap-level.ts",
    "./stacks/functions.ts",
    "./stacks/iam/page.ts",
    "./stacks/names.ts",
    "./stacks/pipeline/definition.ts",
    "./stacks/stack-json.ts",
    "./stacks/visible-text.ts",
    "./settings.ts",
    "./invocation.ts",
  ],
  "./mutation": ["./mutation", "./tasks/process.ts", "./tasks/program.ts"],
  "./rehearsal/src/*.ts": ["./rehearsal/src"],
  "./rehearsal/src/!(dev-server)/**/*": ["./rehearsal/src"],
  "./rehearsal/src/dev-server": [
    "./rehearsal/src/dev-server",
    "./rehearsal/src/ministack",
    "./rehearsal/src/stale-sessions.ts",
    "./rehearsal/src/local-server.ts",
    "./rehearsal/src/request-guard.ts",
    "./rehearsal/src/session-log.ts",
    "./rehearsal/src/processes.ts",
    "./rehearsal/src/shutdown.ts",
    "./tasks/bundle/bundle.ts",
  ],
};

/** A function can import itself and lambda-src/shared. */
function functionFolders() {
  const names = readdirSync(new URL("./lambda-src", import.meta.url));
  return Object.fromEntries(
    names.map((name) => [
      `./lambda-src/${name}`,
      [...new Set([`./lambda-src/${name}`, "./lambda-src/shared"])],
    ]),
  );
}

const zones = Object.entries(folders).map(([target, allowed]) => ({
  target,
  from: ".",
  except: ["./node_modules", ...allowed],
  message: `${target} may import from: ${allowed.join(", ") || "nothing local"}.`,
}));

export default tseslint.config(
  { ignores: ["node_modules/", "dist/", "cdktf.out/", ".cache/", ".rehearsal/"] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked.map((config) => ({ ...config, files: ["**/*.ts"] })),
  {
    files: ["**/*.ts"],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { "import-x": importX },
    settings: { "import-x/resolver-next": [createTypeScriptImportResolver()] },
    rules: {
      "import-x/no-restricted-paths": ["error", { zones, basePath: import.meta.dirname }],
      "import-x/no-cycle": "error",
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              regex: "^@cdktf/provider-(aws|github)(/lib(/index)?)?$",
              message:
                "Import the submodule (…/lib/s3-bucket): the whole package takes seconds to load at every synth.",
            },
          ],
        },
      ],
      "no-restricted-syntax": [
        "error",
        {
          selector:
            ":matches(ImportDeclaration, ImportExpression, ExportAllDeclaration, ExportNamedDeclaration)[source.value=/^\\.+\\u002F(.*\\u002F)?main$/]",
          message: "Nothing imports main.ts.",
        },
        { selector: "PrivateIdentifier", message: "Write private: parameter properties cannot be #names." },
        {
          selector: "CallExpression[callee.name='test'], CallExpression[callee.object.name='test']",
          message: "Write it(…), as the other tests do.",
        },
      ],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
    },
  },
  {
    files: ["settings.ts", "setting-values.ts", "invocation.ts", "main.ts", "stacks/**/*.ts"],
    rules: {
      "no-restricted-properties": [
        "error",
        { object: "process", property: "env", message: "settings.ts alone reads the environment." },
      ],
    },
  },
  {
    files: ["settings.ts", "invocation.ts"],
    rules: { "no-restricted-properties": "off" },
  },
  {
    // Work that continues in the background must not terminate a session when it fails: a promise that is not
    // awaited goes to SessionLog.watch.
    files: ["rehearsal/src/**/*.ts"],
    rules: { "@typescript-eslint/no-floating-promises": ["error", { ignoreVoid: false }] },
  },
  {
    files: ["**/*.mjs"],
    languageOptions: { globals: { process: "readonly", console: "readonly", URL: "readonly" } },
  },
  {
    files: ["**/*.cjs"],
    languageOptions: {
      globals: Object.fromEntries(
        ["process", "console", "Buffer", "__dirname", "__filename"].map((name) => [name, "readonly"]),
      ),
    },
  },
  {
    // What runs in a browser.
    files: ["rehearsal/src/dashboard/public/*.js", "rehearsal/__tests__/dashboard/support/*.js"],
    languageOptions: {
      globals: Object.fromEntries(
        [
          ...["document", "fetch", "matchMedia", "setInterval", "setTimeout", "clearTimeout"],
          ...["EventSource", "FormData", "Intl", "Node", "NodeFilter", "window", "getComputedStyle"],
        ].map((name) => [name, "readonly"]),
      ),
    },
  },
  prettier,
);
