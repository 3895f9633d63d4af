import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { startPage, type Page as Server } from "../../src/dashboard/page";
import { SessionLog } from "../../src/session-log";
import { launchBrowser } from "./support/browser";
import { inBrowser, tellIfMissing } from "./support/in-browser";
import { asEvents, fourteenStages, STATUSES, type Status } from "./support/fourteen-stages";

jest.setTimeout(120_000);

tellIfMissing();

const WIDTHS = [320, 360, 768, 1024, 1440, 1920, 2560];

let folder: string;
let server: Server;
let browser: Browser | undefined;
let page: Page;
let events = "";

beforeAll(async () => {
  browser = await launchBrowser();
  if (!browser) return;
  folder = mkdtempSync(join(tmpdir(), "layout-"));
  server = await startPage(new SessionLog(folder));
  const context = await browser.newContext({ reducedMotion: "reduce" });
  for (const script of ["accessibility.js", "layout.js"])
    await context.addInitScript({ path: join(__dirname, "support", script) });
  page = await context.newPage();
  await page.route("**/events", (route) => route.fulfill({ contentType: "text/event-stream", body: events }));
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

async function show(status: Status): Promise<void> {
  events = asEvents(fourteenStages(status));
  await page.goto(server.url);
  await page.locator(".stage").nth(13).waitFor();
}

describe("a pipeline of 14 stages", () => {
  inBrowser.each(STATUSES)("fits at every width when its stages are %s", async (status) => {
    await show(status);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      expect([width, await page.evaluate("overflowing()")]).toEqual([width, []]);
      const words = "brokenWords('.stage h3, .stage .note, .stage .status, .action span, h2')";
      expect([width, await page.evaluate(words)]).toEqual([width, []]);
    }
    expect(await page.evaluate("accessibilityProblems()")).toEqual([]);
  });

  inBrowser("wraps into rows on a wide screen, and is a list on a phone", async () => {
    await show("Succeeded");
    const columns = async (width: number) => {
      await page.setViewportSize({ width, height: 900 });
      return page.evaluate<number>(
        "new Set([...document.querySelectorAll('.stage')].map((one) => one.getBoundingClientRect().left)).size",
      );
    };
    expect(await columns(360)).toBe(1);
    expect(await columns(1440)).toBe(7);
  });
});

describe("the page", () => {
  inBrowser("says that the first execution waits for a push instead of showing a failure", async () => {
    await show("NoCommit");
    await page.locator("#executions", { hasText: "Push to start the pipeline" }).waitFor();
    expect(await page.locator("main").innerText()).not.toMatch(/\bFailed\b/);
    expect(await page.getByRole("button", { name: /^Retry/ }).count()).toBe(0);
  });

  inBrowser("shows the condition of a skipped stage in words", async () => {
    await show("Skipped");
    await page.locator(".stage", { hasText: "PIPELINE_DIGEST of CheckBuild is 3f7a9c1e…" }).first().waitFor();
  });
});
