/**
 * Takes the screenshots of the documents from a real rehearsal: `npm run docs:screenshots`. The first shows the first
 * execution while IntegrationTest runs, the second a later change that waits for approval, the last two its notification
 * and its commit statuses.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { Page } from "playwright-core";
import { launchBrowser } from "../__tests__/dashboard/support/browser";
import { end, start } from "../src/processes";

const root = join(__dirname, "../..");
const images = join(root, "docs/images");
const sessionFile = join(root, ".rehearsal/session.json");
const MINUTES = 60_000;

interface Session {
  readonly pid: number;
  readonly gitUrl: string;
  readonly githubToken: string;
}

async function main(): Promise<void> {
  const browser = await launchBrowser();
  if (!browser) throw new Error("The screenshots need Chromium; install it.");
  const rehearsal = start("npm", ["run", "rehearse", "--", "--keep"], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const page = await browser.newPage({
      viewport: { width: 1440, height: 1000 },
      colorScheme: "light",
      reducedMotion: "reduce",
    });
    page.setDefaultTimeout(30 * MINUTES);
    await page.goto(await addressOf(rehearsal));
    const stage = (name: string) =>
      page.locator(".stage", { has: page.getByRole("heading", { name, exact: true }) });
    const running = stage("IntegrationTest").locator(".action[data-tone='running']");
    await running.filter({ hasText: "IntegrationTest" }).waitFor();
    await page.getByRole("log").locator("span", { hasText: "# Subtest" }).nth(1).waitFor();
    await screenshot(page, "page-running.png");
    while (!existsSync(sessionFile)) await pause(500);
    push(JSON.parse(readFileSync(sessionFile, "utf8")) as Session);
    await page.getByRole("heading", { name: "ManualApproval is waiting for your approval" }).waitFor();
    await page.locator(".plan pre", { hasText: "Plan:" }).waitFor();
    await screenshot(page, "page-approval.png");
    await page.setViewportSize({ width: 900, height: 1000 });
    const message = page.locator("#messages li", { hasText: "APPROVAL NEEDED" }).first();
    await message.locator("summary").click();
    await message.screenshot({ path: join(images, "approval-notification.png") });
    const statuses = page.locator("#status-list li", { hasText: "Waiting for approval" });
    await statuses.screenshot({ path: join(images, "commit-statuses.png") });
  } finally {
    await browser.close();
    await end(rehearsal);
  }
}

/** Returns the address of the page, which the rehearsal prints first. */
async function addressOf(rehearsal: ReturnType<typeof start>): Promise<string> {
  for (let printed = ""; ;) {
    const [text] = (await once(rehearsal.stdout!, "data")) as [Buffer];
    process.stdout.write(text);
    printed += text.toString();
    const [, url] = /(http:\/\/127\.0\.0\.1:\d+\/)/.exec(printed) ?? [];
    if (url !== undefined) {
      rehearsal.stdout!.on("data", (more: Buffer) => process.stdout.write(more));
      return url;
    }
  }
}

/** Pushes a change of the API from the rehearsal's clone. */
function push({ pid, gitUrl, githubToken }: Session): void {
  const cwd = join(root, `.rehearsal/session-${pid}/workstation`);
  const file = join(cwd, "lambda-src/api/routes.ts");
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace('title: "', 'title: "Heavy Water: '));
  const author = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
  const url = gitUrl.replace("http://", `http://x:${githubToken}@`);
  execFileSync("git", [...author, "commit", "--quiet", "--all", "-m", "Say in the title whose API it is"], {
    cwd,
  });
  execFileSync("git", ["push", "--quiet", url, "HEAD:main"], { cwd });
}

/** Saves what is in the window, once nothing moves. */
async function screenshot(page: Page, name: string): Promise<void> {
  await page.evaluate("scrollTo(0, 0)");
  await pause(1_000);
  await page.screenshot({ path: join(images, name), animations: "disabled" });
}

main().then(
  () => process.exit(),
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
