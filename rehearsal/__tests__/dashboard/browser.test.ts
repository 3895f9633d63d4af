import { join } from "node:path";
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { launchBrowser, missing } from "./support/browser";
import { inBrowser, tellIfMissing } from "./support/in-browser";
import { Stand } from "./support/stand";

jest.setTimeout(120_000);

tellIfMissing();

const SCRIPT = "<script>window.hacked = true</script><img src=x onerror='window.hacked = true'>";

let stand: Stand;
let browser: Browser | undefined;
let context: BrowserContext;
let page: Page;
/** What the browser complained about: refused by the policy, not found, thrown. */
const complaints: string[] = [];

beforeAll(async () => {
  browser = await launchBrowser();
  if (!browser) return;
  stand = await Stand.start();
  stand.status = `Production\n  not deployed yet ${SCRIPT}`;
  context = await browser.newContext({ viewport: { width: 1280, height: 900 }, colorScheme: "light" });
  await context.addInitScript({ path: join(__dirname, "support/accessibility.js") });
  page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.setDefaultTimeout(30_000);
});

afterAll(async () => {
  await browser?.close();
  await stand?.stop();
});

const stage = (name: string): Locator =>
  page.locator(".stage", { has: page.getByRole("heading", { name, exact: true }) });
const see = (locator: Locator, text: string | RegExp) => locator.filter({ hasText: text }).waitFor();
const evaluate = <T>(script: string): Promise<T> => page.evaluate<T>(script);
const overflow = () => evaluate<number>("document.documentElement.scrollWidth - innerWidth");
const focused = () =>
  evaluate<string>("document.activeElement.textContent.trim() || document.activeElement.name");

/** Presses Tab until the focus is on something. */
async function tabTo(what: string, by = "Tab"): Promise<void> {
  const seen = [];
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press(by);
    seen.push(await focused());
    if (seen.at(-1) === what) return;
  }
  throw new Error(`Tab never came to ${what}, but to ${seen.join(" | ")}`);
}

describe("the page in a browser", () => {
  inBrowser(
    missing === undefined ? "shows the progress before there is a pipeline" : `needs a browser: ${missing}`,
    async () => {
      await page.goto(stand.page.url);
      await see(page.getByRole("status"), "Live");
      await see(page.locator("#picture"), "Starting AWS and GitHub");
      stand.show();
      await see(page.locator("#picture"), "npm run bootstrap is deploying it");
      expect(await evaluate("accessibilityProblems()")).toEqual([]);
    },
  );

  inBrowser("updates the stages and the log while a build runs", async () => {
    await stand.github.commit("a.txt", "a", `First ${SCRIPT}\n\nand ${"averylongword".repeat(20)}`);
    await stand.github.git("push", "--quiet", "origin", "main");
    await stand.deploy({ UnitTest: `Now testing ${SCRIPT}`, PlanOnProd: `Plan of ${SCRIPT}` });
    await see(stage("UnitTest"), "Running");
    await see(stage("Source1"), "Succeeded");
    await see(page.getByRole("log"), `Now testing ${SCRIPT}`);
    // The build waits for the test, so this was written while it ran.
    await see(stage("UnitTest"), "Running");
    const before = await page.locator(".chip.here").boundingBox();
    // What it announces next replaces it.
    const announced = see(page.locator("#announcer"), /UnitTest: succeeded/);
    stand.release("UnitTest");
    await Promise.all([announced, see(stage("IntegrationTest"), "Running")]);
    // Not waitForFunction: it evaluates inside the page, whose content security policy forbids that.
    const sliding = () => evaluate<number>(`document.querySelector(".chip.here").getAnimations().length`);
    while ((await sliding()) > 0) await page.waitForTimeout(50);
    const after = await page.locator(".chip.here").boundingBox();
    expect(after!.x).toBeGreaterThan(before!.x + 50);
  });

  inBrowser("shows external text as text", async () => {
    await see(page.locator("#executions"), `First ${SCRIPT}`);
    expect(await evaluate("window.hacked")).toBeUndefined();
    expect(await evaluate("document.querySelectorAll('script').length")).toBe(1);
    expect(await evaluate("document.querySelectorAll('main img').length")).toBe(0);
  });

  inBrowser("takes an approval from the keyboard alone", async () => {
    for (const step of ["DeployOnDev", "IntegrationTest", "PlanOnProd"] as const) stand.release(step);
    await page.getByRole("heading", { name: "ManualApproval is waiting for your approval" }).waitFor();
    await see(page.locator("#approvals"), await stand.github.git("rev-parse", "HEAD"));
    await see(page.getByRole("region", { name: "Plan", exact: true }), `Plan of ${SCRIPT}`);
    expect(await overflow()).toBeLessThanOrEqual(0);
    await page.locator("#pipeline-heading").focus();
    await tabTo("comment");
    await page.keyboard.type("Looks <b>good</b>");
    // The page changes while the user types: the text and the focus stay.
    await stand.push("Second");
    await see(page.locator("#executions"), "Second");
    expect(await page.locator("textarea").inputValue()).toBe("Looks <b>good</b>");
    expect(await focused()).toBe("comment");
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("Approve");
    await page.keyboard.press("Enter");
    await see(page.getByRole("alert"), "Approved.");
    expect(await focused()).toBe("hw-pipeline");
    const [first] = stand.aws.codepipeline.get("hw-pipeline").executions;
    expect(first!.latest("ManualApproval", "ManualApproval")).toMatchObject({
      status: "Succeeded",
      summary: "Looks <b>good</b>",
    });
    await see(stage("DeployOnProd"), "Running");
  });

  inBrowser("shows the focus on every control", async () => {
    await page.locator("#pipeline-heading").focus();
    for (let presses = 0; presses < 25; presses++) {
      await page.keyboard.press("Tab");
      const [tag, outline] = await evaluate<[string, string]>(
        "[document.activeElement.outerHTML.slice(0, 80), getComputedStyle(document.activeElement).outlineStyle]",
      );
      if (!tag.startsWith("<body")) expect([tag, outline]).toEqual([tag, expect.not.stringMatching("none")]);
    }
  });

  inBrowser("retries a stage and stops an execution in dialogs that the keyboard can close", async () => {
    // The second execution waits for a decision by now; it is turned down, so that the first is the last one.
    await page.getByRole("heading", { name: "ManualApproval is waiting for your approval" }).waitFor();
    await page.getByRole("button", { name: "Stop" }).first().focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Stop the execution" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    expect(await focused()).toMatch(/^Stop/);
    await page.keyboard.press("Enter");
    await page.keyboard.type("Not today");
    await page.getByRole("checkbox", { name: /Abandon/ }).check();
    expect(await evaluate("accessibilityProblems()")).toEqual([]);
    await page.keyboard.press("Enter");
    await see(page.locator("#history tbody tr").first(), "Stopped");

    stand.release("DeployOnProd", 1);
    await see(stage("DeployOnProd"), "Failed");
    await see(page.locator("#details .problem"), "COMMAND_EXECUTION_ERROR");
    await see(page.locator("#alarms li").first(), /hw-DeployOnProd-failed.*Alarm/);
    await see(page.locator("#messages"), "hw-DeployOnProd-failed");
    stand.release("DeployOnProd", 0);
    await page.getByRole("button", { name: "Retry DeployOnProd" }).click();
    await page.getByRole("button", { name: "Retry", exact: true }).click();
    await see(stage("DeployOnProd"), "Succeeded");
    await see(stage("SelfUpdate"), "Skipped");
  });

  inBrowser("shows what npm run status prints, after each execution", async () => {
    await see(page.locator("#status-text"), `not deployed yet ${SCRIPT}`);
    expect(await page.locator("#status-text").textContent()).toBe(stand.status);
    stand.status = "Production\n  commit 1234567\n\nDrift\n  service-prod: since 2026-01-02T03:04Z";
  });

  inBrowser("shows a past execution, and returns to the current one", async () => {
    stand.hold("UnitTest");
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await see(page.getByRole("alert"), "Started");
    await see(stage("UnitTest"), "Running");
    await see(page.locator("#status-text"), "service-prod: since 2026-01-02T03:04Z");
    await page.locator("#history").getByRole("button", { name: /First/ }).click();
    await see(page.locator("#executions"), "You are viewing a past execution.");
    await see(stage("DeployOnProd"), "Succeeded");
    await see(stage("UnitTest"), "Succeeded");
    await page.getByRole("button", { name: "Show current" }).click();
    await see(stage("UnitTest"), "Running");
    await page.getByRole("button", { name: /^Source1/ }).click();
    await see(page.locator("#details-heading"), "Source1");
    await page.getByRole("button", { name: "Follow the execution" }).click();
    await see(page.locator("#details-heading"), "UnitTest");
  });

  inBrowser.each(["light", "dark"] as const)("is accessible in %s mode", async (colorScheme) => {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.locator("details").evaluateAll("(all) => all.forEach((one) => (one.open = true))");
    expect(await evaluate("accessibilityProblems()")).toEqual([]);
    for (const landmark of ["banner", "main"] as const)
      expect(await page.getByRole(landmark).count()).toBe(1);
    expect(await evaluate("document.documentElement.lang")).toBe("en");
  });

  inBrowser("follows the preferences for dark mode and reduced motion", async () => {
    const picture = async (colorScheme: "light" | "dark") => {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      return page.screenshot();
    };
    const [light, dark] = [await picture("light"), await picture("dark")];
    expect(light.equals(dark)).toBe(false);
    // The browser takes a frame or two to follow the changed preference.
    const moving = () => evaluate<number>("document.getAnimations().length");
    while ((await moving()) > 0) await page.waitForTimeout(50);
    await page.emulateMedia({ reducedMotion: "no-preference" });
    while ((await moving()) === 0) await page.waitForTimeout(50);
  });

  inBrowser("breaks no word, in rows and in a list", async () => {
    for (const width of [1280, 1200, 1199, 360]) {
      await page.setViewportSize({ width, height: 900 });
      expect([
        width,
        await evaluate("brokenWords('.stage h3, .stage .note, .stage .status, .action span')"),
      ]).toEqual([width, []]);
    }
  });

  inBrowser("needs no horizontal scrolling on a phone", async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    stand.release("UnitTest");
    await page.getByRole("heading", { name: "ManualApproval is waiting for your approval" }).waitFor();
    expect(await overflow()).toBeLessThanOrEqual(0);
    const cut = await evaluate<string[]>(
      `[...document.querySelectorAll("main button, main h2, main h3, main .status")]
      .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth)
      .map((one) => one.textContent)`,
    );
    expect(cut).toEqual([]);
    await page.getByRole("link", { name: "Decide" }).click();
    await page.getByRole("button", { name: "Reject" }).click();
    await see(page.locator("#history tbody tr").first(), "Failed");
  });

  inBrowser("shows that the rehearsal has stopped, and the console has no errors", async () => {
    expect(complaints).toEqual([]);
    await stand.page.stop();
    await see(page.locator("#connection"), "The rehearsal has stopped.");
  });
});
