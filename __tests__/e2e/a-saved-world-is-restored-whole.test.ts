import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { replaceAddresses } from "../../rehearsal/src/addresses";
import { smokeTest } from "../../rehearsal/src/smoke-test";
import { outputVariables } from "../../rehearsal/src/watch";
import { EVERYTHING, savedWorld } from "./deployed-pipeline";
import { Stand } from "./faults/stand";
import { everything } from "./saved-world/everything";

/** The first who needs the world makes it. */
jest.setTimeout(20 * 60_000);

let world: string;
let stands: Stand[];

beforeAll(async () => {
  world = await savedWorld();
  stands = [await Stand.restored("delivered"), await Stand.restored("delivered")];
});

afterAll(async () => {
  for (const stand of stands ?? []) await stand.stop();
});

it("answers as it did when it was saved, but for its addresses", async () => {
  const [stand] = stands as [Stand];
  const { addresses } = JSON.parse(readFileSync(join(world, "delivered/session.json"), "utf8")) as {
    addresses: string[];
  };
  const { github, emulator, aws } = stand.session;
  const change = replaceAddresses(addresses, [github.url, emulator.url, aws.context.endpoint]);
  const saved = JSON.parse(change(readFileSync(join(world, EVERYTHING), "utf8"))) as unknown;
  expect(await everything(stand)).toEqual(saved);
});

it("can be read by its owner only", () => {
  expect(statSync(world).mode & 0o077).toBe(0);
  for (const file of ["aws.state", "github.state", "session.json", "state.pickle"])
    expect(statSync(join(world, "delivered", file)).mode & 0o777).toBe(0o600);
});

it("is live in production, has nothing left to deploy, and does not see what another one does", async () => {
  const [one, other] = stands as [Stand, Stand];
  const commit = await one.session.workstation.head();
  const { session } = one;
  const executions = session.aws.codepipeline.get(session.pipeline).executions;
  const outputs = await outputVariables(session.aws, session.pipeline, executions.at(-1)!.id, "DeployOnProd");
  await smokeTest(outputs.API_URL!, "prod", commit);
  await one.drift("prod");
  expect(await one.isAsDefined("service-prod")).not.toBe(true);
  for (const stack of ["pipeline", "service-prod"]) expect(await other.isAsDefined(stack)).toBe(true);
});

it("takes the next push, of which its own GitHub tells its own pipeline", async () => {
  const [, other] = stands as [Stand, Stand];
  await other.commit("Go on");
  expect((await other.push()).status).toBe("Succeeded");
});
