import type { Browser, Page } from "playwright-core";
import { launchBrowser, missing } from "./support/browser";
import { inBrowser, tellIfMissing } from "./support/in-browser";
import { HOOK_SECRET, Stand } from "./support/stand";

jest.setTimeout(120_000);

tellIfMissing();

const HOOKS = "/repos/acme/api/hooks";

interface Hook {
  id: number;
  config: { url: string };
}

let stand: Stand;
let browser: Browser | undefined;
let page: Page;
let hook: Hook;

beforeAll(async () => {
  browser = await launchBrowser();
  if (!browser) return;
  stand = await Stand.start();
  stand.show();
  await stand.deploy();
  [hook] = (await (await stand.github.rest("GET", HOOKS)).json()) as [Hook];
  page = await browser.newPage();
  page.setDefaultTimeout(30_000);
  await page.goto(stand.page.url);
});

afterAll(async () => {
  await browser?.close();
  await stand?.stop();
});

/** Waits until the newest delivery reads like this. What came before it is one line each, without the times. */
async function shown(newest: RegExp): Promise<string[]> {
  const rows = page.locator("#deliveries li");
  await rows.first().filter({ hasText: newest }).waitFor();
  const texts = await rows.allInnerTexts();
  return texts.map((text) => text.replace(/\s+/g, " ").replace(/\d+:\d\d:\d\d [AP]M/, "now"));
}

async function change(config: { url?: string; secret?: string }): Promise<void> {
  const whole = { url: hook.config.url, secret: HOOK_SECRET, content_type: "json", ...config };
  const { status } = await stand.github.rest("PATCH", `${HOOKS}/${hook.id}`, { config: whole });
  expect(status).toBe(200);
}

/** Redelivers the last delivery, as its button on GitHub does. */
async function redeliver(): Promise<void> {
  const { id } = stand.github.deliveries("push").at(-1)!;
  await stand.github.rest("POST", `${HOOKS}/${hook.id}/deliveries/${id}/attempts`);
}

describe("the list of webhook deliveries", () => {
  inBrowser(
    missing === undefined
      ? "shows that the ping of a new webhook starts nothing"
      : `needs a browser: ${missing}`,
    async () => {
      const [ping, ...others] = await shown(/^ping/);
      expect(ping).toMatch(/^ping 200 now, ignored: \S/);
      expect(others).toEqual([]);
    },
  );

  inBrowser("shows a push with its commit and outcome", async () => {
    const commit = (await stand.push("Record the size")).slice(0, 7);
    const [push] = await shown(/Record the size/);
    expect(push).toBe(`push 200 ${commit} Record the size (refs/heads/main) now, started an execution`);
  });

  inBrowser("shows a redelivery beside the original, which alone started an execution", async () => {
    await redeliver();
    const [again, first] = await shown(/^push \(redelivery\)/);
    expect(again).toMatch(/^push \(redelivery\) 200 .* duplicate: This delivery has been received before\.$/);
    expect(first).toMatch(/^push 200 .* started an execution$/);
  });

  inBrowser(
    "shows why a delivery with another secret was rejected, and that its redelivery with the right one starts",
    async () => {
      await change({ secret: "another" });
      await stand.push("Sign with another secret");
      const [refused] = await shown(/Sign with another secret/);
      expect(refused).toMatch(/^push Invalid HTTP Response: 4\d\d .* rejected: .*signature/i);

      await change({});
      await redeliver();
      const [again, before] = await shown(/^push \(redelivery\).*another secret/s);
      expect(again).toMatch(/^push \(redelivery\) 200 .* started an execution$/);
      expect(before).toBe(refused);
    },
  );

  inBrowser("shows a delivery that reached no server as failed", async () => {
    await change({ url: "http://127.0.0.1:1/" });
    await stand.push("Call a closed port");
    const [failed] = await shown(/Call a closed port/);
    expect(failed).toMatch(
      /^push failed to connect to host \S+ Call a closed port \(refs\/heads\/main\) now$/,
    );
  });
});
