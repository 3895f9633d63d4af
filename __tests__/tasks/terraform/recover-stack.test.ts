import { describe as inWords, forked, type Situation } from "../../../tasks/terraform/recover-stack";
import { parseState, type StateFile, type StoredState } from "../../../tasks/terraform/state-files";

const state = (serial: number, lineage = "one"): StateFile =>
  parseState(JSON.stringify({ version: 4, serial, lineage, resources: [] }))!;
const readable = (...of: Parameters<typeof state>): StoredState => ({
  kind: "readable",
  state: state(...of),
});

describe("a state that a build saved", () => {
  it.each([
    ["continues one that is older", readable(4), undefined],
    ["is pushed where there is none", { kind: "missing" }, undefined],
    ["has forked from one of the same serial", readable(5), /as new or newer/],
    ["has forked from one that is newer", readable(6), /as new or newer/],
    ["does not continue one of another lineage", readable(4, "two"), /another lineage/],
    ["waits for one that is damaged", { kind: "damaged" }, /restored first/],
  ] as const)("%s", (_, stored, reason) => {
    if (reason) expect(forked(state(5), stored)).toMatch(reason);
    else expect(forked(state(5), stored)).toBeUndefined();
  });

  it("is shown with its build, its age, and against the state in the bucket", () => {
    const situation: Situation = {
      stack: "service-dev",
      location: { bucket: "states", key: "hw/service-dev.tfstate" },
      stored: readable(4),
      kept: [
        {
          stack: "service-dev",
          key: "errored/service-dev/hw-DeployOnDev:1.tfstate",
          build: "hw-DeployOnDev:1",
          since: new Date("2027-01-02T03:04:05Z"),
          state: state(5),
        },
      ],
      keptIn: "artifacts",
    };
    expect(inWords(situation)).toBe(
      "service-dev: state has serial 4, lineage one\n" +
        "  kept by build hw-DeployOnDev:1 at 2027-01-02T03:04:05.000Z: serial 5, lineage one; " +
        "npm run state:recover -- service-dev pushes it",
    );
    expect(inWords({ ...situation, stored: { kind: "missing" }, kept: [] })).toBe(
      "service-dev: state missing",
    );
  });
});
