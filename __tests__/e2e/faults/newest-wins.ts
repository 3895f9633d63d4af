import { kill, signal } from "./moments";
import type { Production } from "./production";
import { recorderChanges } from "./two-at-once";
import type { FaultHarness } from "./fault-harness";

/** Pushes twice while a deployment is running. */
export function newestWins(harness: () => FaultHarness, production: () => Production): void {
  it("supersedes an older one that waits for a running deployment", async () => {
    await harness().commit("First");
    await harness().drift("dev");
    const held = kill("service-dev", recorderChanges, "SIGSTOP");
    const first = await harness().startDelivery();
    await harness().eventually("the request arrives", held.hasFired);
    held.end();
    await harness().commit("Second");
    const second = await harness().startDelivery();
    await harness().commit("Third");
    const third = await harness().startDelivery();
    expect((await second.ended).status).toBe("Superseded");
    signal("service-dev", "SIGCONT");
    expect((await first.ended).status).toBe("Succeeded");
    expect((await third.ended).status).toBe("Succeeded");
    expect(await production().commit()).toBe(await harness().session.workstation.head());
  });
}
