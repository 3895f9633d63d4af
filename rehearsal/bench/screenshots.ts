/**
 * Takes the screenshots of the documents from a real rehearsal: `npm run docs:screenshots`. The first shows the first
 * execution while IntegrationTest runs, the second a later change that waits for approval; then come its notification, its
 * commit statuses, and the comment on a pull request.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { Page } from "playwright-core";
import { launchBrowser } from "../__tests__/dashboard/support/browser";
import { end, start } from "../src/processes";
import { SETTINGS } from "../src/session";
import { terraformEnvironment } from "../src/terraform-config";

const root = join(__dirname, "../..");
const images = join(root, "docs/images");
const sessionFile = join(root, ".rehearsal/session.json");
const MINUTES = 60_000;

interface Session {
  readonly pid: number;
  readonly gitUrl: string;
  readonly githubApi: string;
  readonly githubToken: string;
  readonly awsEndpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The branch of the pull request. */
const FEATURE = "another-queue";

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
    const session = JSON.parse(readFileSync(sessionFile, "utf8")) as Session;
    const clone = join(root, `.rehearsal/session-${session.pid}/workstation`);
    edit(clone, "lambda-src/api/routes.ts", (text) => text.replace('title: "', 'title: "Heavy Water: '));
    push(clone, session, "main", "Say in the title whose API it is");
    await page.getByRole("heading", { name: "ManualApproval is waiting for your approval" }).waitFor();
    await page.locator(".plan pre", { hasText: "Plan:" }).waitFor();
    await screenshot(page, "page-approval.png");
    await page.setViewportSize({ width: 900, height: 1000 });
    // The page scrolls long texts. Its content security policy forbids a style element.
    const whole = ".message, .list { max-height: none !important; }";
    await page.evaluate(`document.styleSheets[0].insertRule(${JSON.stringify(whole)})`);
    const message = page.locator("#messages li", { hasText: "APPROVAL NEEDED" }).first();
    await message.locator("summary").click();
    await message.screenshot({ path: join(images, "approval-notification.png") });
    const statuses = page.locator("#status-list li", { hasText: "Waiting for approval" });
    await statuses.screenshot({ path: join(images, "commit-statuses.png") });
    edit(clone, "stacks/constructs/dead-letter-queue.ts", (text) =>
      text.replace("name: queueName", "name: `${queueName}-2`"),
    );
    push(clone, session, FEATURE, "Use another queue");
    await openPullRequest(clone, session);
    const pull = page.locator("#pull-list li", { hasText: "Use another queue" });
    await pull.locator("summary").click();
    await pull.screenshot({ path: join(images, "plan-comment.png") });
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

/** Changes a file of a clone. @throws Error when the change leaves it as it was */
function edit(clone: string, path: string, change: (text: string) => string): void {
  const before = readFileSync(join(clone, path), "utf8");
  const after = change(before);
  if (after === before) throw new Error(`Nothing in ${path} was changed.`);
  writeFileSync(join(clone, path), after);
}

/** Commits what was edited in a clone, and pushes it to a branch. */
function push(cwd: string, { gitUrl, githubToken }: Session, branch: string, subject: string): void {
  const author = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
  const url = gitUrl.replace("http://", `http://x:${githubToken}@`);
  execFileSync("git", [...author, "commit", "--quiet", "--all", "-m", subject], { cwd });
  execFileSync("git", ["push", "--quiet", url, `HEAD:${branch}`], { cwd });
}

/** Opens a pull request with the comment that plan.yml writes. */
async function openPullRequest(cwd: string, session: Session): Promise<void> {
  const env = {
    ...process.env,
    ...SETTINGS,
    ...terraformEnvironment(root),
    AWS_ENDPOINT_URL: session.awsEndpoint,
    AWS_REGION: session.region,
    AWS_ACCESS_KEY_ID: session.accessKeyId,
    AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
    GITHUB_BASE_URL: session.githubApi,
  };
  const diff = spawnSync("npm", ["run", "--silent", "diff", "--", "--markdown"], {
    cwd,
    env,
    encoding: "utf8",
  });
  // There are changes.
  if (diff.status !== 2) throw new Error(`npm run diff exited with ${diff.status}: ${diff.stderr}`);
  await gitHub(session, "pulls", { title: "Use another queue", head: FEATURE, base: "main" });
  await gitHub(session, "issues/1/comments", { body: diff.stdout });
}

async function gitHub({ githubApi, githubToken }: Session, path: string, body: object): Promise<void> {
  const repository = `${SETTINGS.pipeline_githubOwner}/${SETTINGS.pipeline_githubRepo}`;
  const answer = await fetch(new URL(`api/v3/repos/${repository}/${path}`, githubApi), {
    method: "POST",
    headers: { Authorization: `Bearer ${githubToken}` },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
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
