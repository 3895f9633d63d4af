import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IAMClient, ListRolesCommand } from "@aws-sdk/client-iam";
import type { Browser } from "playwright-core";
import { startGateway, type Gateway } from "../src/dev-server/gateway";
import { rootCredentials } from "../src/ministack/emulator";
import { startPage, type Page } from "../src/dashboard/page";
import { SessionLog } from "../src/session-log";
import { ACCOUNT } from "./ministack/fixture";
import { launchBrowser } from "./dashboard/support/browser";
import { inBrowser, tellIfMissing } from "./dashboard/support/in-browser";
import { presign } from "./support/signature";
import { SmallAws } from "./support/small-aws";

let folder: string;
let small: SmallAws;
let page: Page;
let gateway: Gateway;
/** Events that the function behind `npm run dev` was called with. */
const invoked: unknown[] = [];
let site: Server;
let browser: Browser | undefined;

beforeAll(async () => {
  tellIfMissing();
  folder = mkdtempSync(join(tmpdir(), "other-site-"));
  small = await SmallAws.start();
  page = await startPage(new SessionLog(folder));
  gateway = await startGateway(
    0,
    (event) => {
      invoked.push(event);
      return Promise.resolve("{}");
    },
    new SessionLog(folder),
  );
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
  await gateway.stop();
  await page.stop();
  await small.stop();
  rmSync(folder, { recursive: true });
});

const CREATE_ROLE = new URLSearchParams({
  Action: "CreateRole",
  Version: "2010-05-08",
  RoleName: "of-another-site",
  AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [] }),
}).toString();

/**
 * Requests that a page can send without a preflight, which would be refused: without a signature, and signed in the
 * query, as if the root's secret were known to the page.
 */
const requests = (address: string) => {
  const presigned = presign(rootCredentials(ACCOUNT), {
    method: "POST",
    url: address,
    service: "iam",
    body: CREATE_ROLE,
  });
  return [
    { url: address },
    { url: address, method: "POST", body: CREATE_ROLE },
    {
      url: `${address}?X-Amz-Credential=${ACCOUNT}/20260101/eu-west-1/iam/aws4_request`,
      method: "POST",
      body: CREATE_ROLE,
    },
    { url: presigned, method: "POST", body: CREATE_ROLE },
  ];
};

async function roles(): Promise<string[]> {
  const iam = new IAMClient(small.client());
  const { Roles = [] } = await iam.send(new ListRolesCommand());
  iam.destroy();
  return Roles.map(({ RoleName }) => RoleName!);
}

describe("a page of another site", () => {
  inBrowser("reads and changes nothing, even under a host name that resolves to this machine", async () => {
    const tab = await browser!.newPage();
    const { port } = site.address() as AddressInfo;
    const addresses = [
      small.aws.context.endpoint,
      small.github.gitHub.url,
      small.emulator.url,
      page.url,
      `http://127.0.0.1:${gateway.port}`,
    ].map((address) => new URL(address).href);
    const before = await roles();
    await tab.goto(`http://site.example:${port}/`);
    for (const address of addresses) {
      const sent = requests(address);
      const read = await tab.evaluate(
        (all) =>
          Promise.all(
            all.map(({ url, body, ...rest }) =>
              fetch(url, { ...rest, ...(body && { body: new URLSearchParams(body) }) })
                .then((answer) => answer.text())
                .catch(() => "unreadable"),
            ),
          ),
        sent,
      );
      expect([address, ...read]).toEqual([address, ...sent.map(() => "unreadable")]);
      // The name of the site leads to 127.0.0.1 now, so that the browser takes the server for the site itself.
      const rebound = new URL(address);
      rebound.hostname = "rebound.example";
      const answer = await tab.goto(rebound.href);
      expect([address, answer!.status()]).toEqual([address, 421]);
      await tab.goto(`http://site.example:${port}/`);
    }
    expect(await roles()).toEqual(before);
    expect(invoked).toEqual([]);
    expect((await tab.goto(page.url))!.status()).toBe(200);
  });

  it("sends a presigned request in vain that works outside a browser", async () => {
    const [, , , { url, method, body }] = requests(new URL(small.aws.context.endpoint).href) as [
      unknown,
      unknown,
      unknown,
      { url: string; method: string; body: string },
    ];
    const answer = await fetch(url, {
      method,
      body,
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
    });
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining("of-another-site")]);
    expect(await roles()).toContain("of-another-site");
  });
});
