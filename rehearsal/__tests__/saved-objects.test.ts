import { restoreObjects, saveObjects } from "../src/saved-objects";

class Stage {
  inside: Execution | undefined;
  readonly names = new Map<string, Execution>();
}

class Execution {
  private secret = new AbortController();
  readonly stages: Stage[] = [];
  readonly started = new Date();
  get isAborted(): boolean {
    return this.secret.signal.aborted;
  }
}

const classes = {
  AbortController: () => new AbortController(),
  Stage: () => new Stage(),
  Execution: () => new Execution(),
};

it("restores instances that refer to one another, with their dates and private fields", () => {
  const execution = new Execution();
  const stage = new Stage();
  stage.inside = execution;
  stage.names.set("a", execution);
  execution.stages.push(stage);
  const restored = restoreObjects(saveObjects({ stage }, classes), classes, (text) => text) as {
    stage: Stage;
  };
  expect(restored.stage).toBeInstanceOf(Stage);
  expect(restored.stage.inside).toBeInstanceOf(Execution);
  expect(restored.stage.names.get("a")).toBe(restored.stage.inside);
  expect(restored.stage.inside!.stages[0]).toBe(restored.stage);
  expect(restored.stage.inside!.started).toEqual(execution.started);
  expect(restored.stage.inside!.isAborted).toBe(false);
});

it("changes each text, also a key's, and one with letters beyond Latin-1", () => {
  const bytes = saveObjects({ list: ["old — 水"], map: new Map([["old", new Set(["old"])]]) }, {});
  expect(restoreObjects(bytes, {}, (text) => text.replace("old", "new"))).toEqual({
    list: ["new — 水"],
    map: new Map([["new", new Set(["new"])]]),
  });
});

it.each([
  ["an instance of another class", { a: { b: new AbortController() } }, "the state.a.b is a AbortController"],
  ["a function", { a: [() => 1] }, "the state.a.0 is a function"],
])("refuses %s with its path", (_, data, message) => {
  expect(() => saveObjects(data, {})).toThrow(message);
});
