import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { startPage, type Page } from "../../rehearsal/page/page";
import { SessionLog } from "../../rehearsal/session-log";
import { inBrowser, launchBrowser, tellIfMissing } from "./page/support/browser";
import { SmallCloud } from "./support/small-cloud";

let folder: string;
let small: SmallCloud;
let page: Page;
let site: Server;
let browser: Browser | undefined;

beforeAll(async () => {
  tellIfMissing();
  folder = mkdtempSync(join(tmpdir(), "other-site-"));
  small = await SmallCloud.start();
  page = await startPage(new SessionLog(folder));
  site = createServer((_, response) =>
    response.setHeader("Content-Type", "text/html").end("<p>another site"),
  );
  await new Promise<void>((done) => site.listen(0, "127.0.0.1", done));
  browser = await launchBrowser("--host-resolver-rules=MAP *.example 127.0.0.1");
}, 120_000);
afterAll(async () => {
  await browser?.close();
  site.close();
  site.closeAllConnections();
  await page.stop();
  await small.stop();
  rmSync(folder, { recursive: true });
});

inBrowser(
  "a page of another site reads nothing and changes nothing, also under a name that leads here",
  async () => {
    const tab = await browser!.newPage();
    const { port } = site.address() as AddressInfo;
    const addresses = [small.cloud.cloud.endpoint, small.github.gitHub.url, small.emulator.url, page.url];
    await tab.goto(`http://site.example:${port}/`);
    for (const address of addresses) {
      const read = await tab.evaluate(async (url) => {
        const body = new URLSearchParams({ Action: "ListRoles", Version: "2010-05-08" });
        const asked = [fetch(url), fetch(url, { method: "POST", body })];
        return Promise.all(asked.map((one) => one.then((answer) => answer.text()).catch(() => "unreadable")));
      }, address);
      expect([address, ...read]).toEqual([address, "unreadable", "unreadable"]);
      // The name of the site leads to 127.0.0.1 now, so that the browser takes the server for the site itself.
      const rebound = new URL(address);
      rebound.hostname = "rebound.example";
      const answer = await tab.goto(rebound.href);
      expect([address, answer!.status()]).toEqual([address, 421]);
      await tab.goto(`http://site.example:${port}/`);
    }
    expect((await tab.goto(page.url))!.status()).toBe(200);
  },
);
