import type { Browser, Page } from "playwright-core";
import { launchBrowser, missing } from "./support/browser";
import { inBrowser, tellIfMissing } from "./support/in-browser";
import { Stand } from "./support/stand";

jest.setTimeout(120_000);

tellIfMissing();

const REPOSITORY = "/repos/acme/api";
const MARKER = "<!-- a marker that GitHub does not show -->";

let stand: Stand;
let browser: Browser | undefined;
let page: Page;
let commit: string;

beforeAll(async () => {
  browser = await launchBrowser();
  if (!browser) return;
  stand = await Stand.start();
  stand.show();
  const { github } = stand;
  await github.commit("a", "1", "One");
  await github.git("push", "--quiet", "origin", "main");
  commit = await github.commit("a", "2", "Two");
  await github.git("push", "--quiet", "origin", "main:feature");
  page = await browser.newPage();
  page.setDefaultTimeout(30_000);
  await page.goto(stand.page.url);
});

afterAll(async () => {
  await browser?.close();
  await stand?.stop();
});

const pulls = () => page.locator("#pull-list li");

describe("the list of pull requests", () => {
  inBrowser(missing === undefined ? "is hidden without any" : `needs a browser: ${missing}`, async () => {
    await page.locator("#connection").filter({ hasText: "Live" }).waitFor();
    expect(await page.locator("#pulls").isVisible()).toBe(false);
  });

  inBrowser("shows the status, the labels and the comments of each", async () => {
    const { github } = stand;
    const body = { title: "More memory", head: "feature", base: "main" };
    await github.rest("POST", `${REPOSITORY}/pulls`, body);
    await github.rest("POST", `${REPOSITORY}/issues/1/labels`, { labels: ["destructive"] });
    const status = { context: "plan", state: "success", description: "1 destroyed" };
    await github.rest("POST", `${REPOSITORY}/statuses/${commit}`, status);
    await github.rest("POST", `${REPOSITORY}/issues/1/comments`, {
      body: `${MARKER}\n### 🛑 Plan: 1 destroyed\n\n<b>not HTML</b>`,
    });
    await pulls().filter({ hasText: "Plan: 1 destroyed" }).waitFor();
    await pulls().locator("summary").click();
    const text = (await pulls().innerText()).replace(/\s+/g, " ");
    expect(text).toBe(
      `#1 More memory destructive open, feature at ${commit.slice(0, 7)} plan: 1 destroyed success ` +
        "acme 🛑 Plan: 1 destroyed ### 🛑 Plan: 1 destroyed <b>not HTML</b>",
    );
  });

  inBrowser("has the statuses of each commit below, the newest of each context", async () => {
    const { github } = stand;
    const pending = { context: "hw-pipeline/ManualApproval", state: "pending" };
    for (const description of ["In progress", "Waiting for approval"])
      await github.rest("POST", `${REPOSITORY}/statuses/${commit}`, { ...pending, description });
    const list = page.locator("#status-list li");
    await list.filter({ hasText: "Waiting for approval" }).waitFor();
    expect((await list.innerText()).replace(/\s+/g, " ")).toBe(
      `${commit.slice(0, 7)} plan: 1 destroyed success ` +
        "hw-pipeline/ManualApproval: Waiting for approval pending",
    );
  });

  inBrowser("follows a comment that is changed and a label that is removed", async () => {
    const { github } = stand;
    await github.rest("PATCH", `${REPOSITORY}/issues/comments/1`, { body: "### Plan: no changes" });
    await github.rest("DELETE", `${REPOSITORY}/issues/1/labels/destructive`);
    // The comment and the label change by two requests, and the page can show the first one alone.
    await pulls().filter({ hasText: "no changes" }).filter({ hasNotText: "destructive" }).waitFor();
    expect(await pulls().innerText()).not.toMatch(/destructive|1 destroyed\n### /);
  });
});
