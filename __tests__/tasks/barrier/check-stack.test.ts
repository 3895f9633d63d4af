import fc from "fast-check";
import * as allowed from "../../../tasks/barrier/allowed";
import { stackProblems } from "../../../tasks/barrier/check-stack";
import { expectedOf } from "../../../tasks/barrier/expected";
import { entriesOf, type Json, type JsonObject } from "../../../stacks/stack-json";
import { settingsWith } from "../../support/settings";
import { attacksOn } from "./hostile/stacks";
import { changed, pipelineJson, serviceJson, stacksWith, variants } from "./synthesized-stacks";

const connection = { pipeline_source: "connection" };
const [service, pipeline, connected] = [serviceJson(), pipelineJson(), pipelineJson(connection)];
const problems = (id: string, json: JsonObject) => stackProblems(id, json, expectedOf(id, settingsWith()));
const all = Object.values(variants).flatMap(stacksWith);

describe("stackProblems", () => {
  it("finds none in the stacks, whatever the settings are", () => {
    expect(all.flatMap((stack) => stackProblems(...stack))).toEqual([]);
  });

  it.each(attacksOn("service", service))("refuses in a service: %s", (_name, { refusal }, json) => {
    expect(problems("service-prod", json)).toContainEqual(expect.stringMatching(pattern(refusal)));
  });

  it.each(attacksOn("pipeline", pipeline))("refuses in the pipeline: %s", (_name, { refusal }, json) => {
    expect(problems("pipeline", json)).toContainEqual(expect.stringMatching(pattern(refusal)));
  });

  it.each(attacksOn("connection", connected))(
    "refuses in a pipeline with a connection: %s",
    (_name, { refusal }, json) => {
      const found = stackProblems("pipeline", json, expectedOf("pipeline", settingsWith(connection)));
      expect(found).toContainEqual(expect.stringMatching(pattern(refusal)));
    },
  );

  it("refuses a pipeline with another source than the settings name", () => {
    expect(problems("pipeline", connected)).toContainEqual(
      expect.stringContaining("has an action Source AWS CodeStarSourceConnection"),
    );
    expect(
      stackProblems("pipeline", pipeline, expectedOf("pipeline", settingsWith(connection))),
    ).toContainEqual(expect.stringContaining("has an action Source ThirdParty GitHub"));
  });

  it("refuses a filter on pushes to another branch or on other paths, and accepts none", () => {
    const ignoring = { ...connection, pipeline_ignore_paths: "docs/**" };
    const push = [...["resource", "aws_codepipeline", 0, "trigger"], 0, "git_configuration", "push"];
    const found = (path: (string | number)[], value?: Json) => {
      const json = changed(pipelineJson(ignoring), path, value);
      return stackProblems("pipeline", json, expectedOf("pipeline", settingsWith(ignoring))).join("\n");
    };
    const refusal = /\.trigger must be \[.*"includes":\["main"\].*"excludes":\["docs\/\*\*"\]/;
    expect(found([...push, 0, "branches", "includes", 0], "other")).toMatch(refusal);
    expect(found([...push, 0, "file_paths", "excludes", 0], "lambda-src/**")).toMatch(refusal);
    expect(found([...push, 1], { branches: { includes: ["other"] } })).toMatch(refusal);
    expect(found([...push, 0, "tags"], { includes: ["v1"] })).toMatch(refusal);
    // Removed, it is a change of the definition, which a reviewer approves.
    expect(found(push.slice(0, 4))).not.toContain(".trigger");
  });

  it("refuses the stack of another environment, and a pipeline as a service", () => {
    expect(problems("service-dev", service)).toContainEqual(expect.stringContaining("terraform is"));
    expect(problems("service-prod", pipeline)).toContainEqual(expect.stringContaining("terraform is"));
  });

  it("refuses a role without a boundary or a trust policy", () => {
    for (const argument of ["permissions_boundary", "assume_role_policy", "name"]) {
      const without = changed(service, ["resource", "aws_iam_role", 0, argument], undefined);
      expect(problems("service-prod", without)).toContainEqual(expect.stringContaining(`.${argument} `));
    }
  });

  it("ignores comments, as Terraform does, except expressions in them", () => {
    const comment = { provisioner: { "local-exec": { command: "env" } } };
    const commented = changed({ ...service, "//": comment }, ["resource", "aws_iam_role", 0, "//"], comment);
    expect(problems("service-prod", commented)).toEqual([]);
    const elsewhere = changed(
      service,
      ["resource", "aws_lambda_function", 0, "environment", "variables", "//"],
      '${file("x")}',
    );
    expect(problems("service-prod", elsewhere)).toHaveLength(1);
  });

  it("describes each problem in one line, with the value visible", () => {
    const json = changed(service, ["resource", "aws_iam_role", 0, "evil\n\u202E"], 1);
    expect(problems("service-prod", json)).toEqual([expect.stringContaining(String.raw`has "evil\n\u202e"`)]);
  });

  it("finds a problem in every stack with an additional key, wherever a block can have one", () => {
    const places = [
      [],
      ["resource"],
      ["data"],
      ["terraform"],
      ["provider"],
      ...blocksOf(service, "resource"),
      ...blocksOf(service, "data"),
      ...blocksOf(service, "output"),
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...places),
        fc.stringMatching(/^[a-z_]{3,20}$/),
        fc.jsonValue() as fc.Arbitrary<Json>,
        (place, key, value) => {
          fc.pre(!isListed(key));
          expect(problems("service-prod", changed(service, [...place, key], value))).not.toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("the allow list", () => {
  it.each(["service", "pipeline", "connectedPipeline"] as const)("has no %s that no stack uses", (kind) => {
    const stacks = all.filter(([, , expected]) => expected.allowed === allowed[kind]).map(([, json]) => json);
    for (const block of ["resource", "data"] as const) {
      const found = new Map<string, Set<string>>();
      for (const [type, named] of stacks.flatMap((json) => entriesOf(json[block]))) {
        const known = found.get(type) ?? new Set();
        found.set(type, known);
        for (const [, one] of entriesOf(named))
          Object.keys(one as JsonObject).forEach((key) => known.add(key));
      }
      const listed = allowed[kind][block === "data" ? "data" : "resources"];
      expect(Object.keys(listed).sort()).toEqual([...found.keys()].sort());
      for (const [type, keys] of Object.entries(listed))
        expect([type, keys.filter((key) => !found.get(type)?.has(key))]).toEqual([type, []]);
    }
  });

  it("has no attribute that no expression reads", () => {
    const text = JSON.stringify(all.map(([, json]) => json));
    expect(allowed.readableAttributes.filter((name) => !text.includes(`.${name}}`))).toEqual([]);
  });

  it("has the shared boundary of functions until bootstrap has created one for each environment", () => {
    const boundaryAt = (level?: number) => expectedOf("service-dev", settingsWith(), level).boundary;
    expect(boundaryAt(1)).toMatch(/hw-function-boundary$/);
    expect(boundaryAt(2)).toMatch(/hw-function-boundary-dev$/);
    expect(boundaryAt()).toBe(boundaryAt(2));
  });

  it("does not have the stack that only the operator deploys", () => {
    expect(() => expectedOf("state", settingsWith())).toThrow("npm run bootstrap");
    expect(() => expectedOf("service-stage", settingsWith())).toThrow(
      "only pipeline, service-dev, service-prod",
    );
  });
});

function pattern(refusal: string | RegExp): RegExp {
  return typeof refusal === "string" ? new RegExp(refusal.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")) : refusal;
}

function blocksOf(json: JsonObject, kind: "resource" | "data" | "output"): string[][] {
  return entriesOf(json[kind]).flatMap(([type, named]) =>
    kind === "output" ? [[kind, type]] : entriesOf(named).map(([name]) => [kind, type, name]),
  );
}

/** Keys that some block may have. */
function isListed(key: string): boolean {
  const lists = [allowed.service, allowed.pipeline].flatMap(({ resources, data }) => [
    ...Object.entries(resources),
    ...Object.entries(data),
  ]);
  return [
    ...lists.flat(2),
    ...allowed.metaArguments,
    "value",
    "data",
    "output",
    "provider",
    "resource",
    "terraform",
  ].includes(key);
}
