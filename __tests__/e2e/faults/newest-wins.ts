import { kill, signal } from "./moments";
import type { Production } from "./production";
import { recorderChanges } from "./two-at-once";
import type { Stand } from "./stand";

/** Pushes that come while a deployment is under way. */
export function newestWins(stand: () => Stand, production: () => Production): void {
  it("of two pushes during a deployment the newest is deployed, and the other one nowhere", async () => {
    await stand().commit("First");
    await stand().drift("dev");
    const held = kill("service-dev", recorderChanges, "SIGSTOP");
    const first = await stand().begin();
    await stand().until(held);
    await stand().commit("Second");
    const second = await stand().begin();
    await stand().commit("Third");
    const third = await stand().begin();
    expect((await second.ended).status).toBe("Superseded");
    signal("service-dev", "SIGCONT");
    expect((await first.ended).status).toBe("Succeeded");
    expect((await third.ended).status).toBe("Succeeded");
    expect(await production().commit()).toBe(await stand().session.workstation.head());
  });
}
