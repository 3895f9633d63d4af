/**
 * Measures the page with a history of 100 executions, in Chromium: `npm run bench -- history`. Prints as JSON the
 * seconds until it shows all of them, and until it shows a new one.
 */
import { CreatePipelineCommand } from "@aws-sdk/client-codepipeline";
import { launchBrowser, missing } from "../__tests__/dashboard/support/browser";
import { buildStage, SmallAws } from "../__tests__/support/small-aws";
import { startPage } from "../src/dashboard/page";

const EXECUTIONS = 100;

async function main(): Promise<void> {
  const browser = await launchBrowser();
  if (!browser) throw new Error(`The page needs a browser: ${missing}.`);
  const small = await SmallAws.start();
  const page = await startPage(small.aws.context.log);
  try {
    page.show({
      aws: small.aws,
      github: small.github.gitHub,
      folder: small.folder,
      status: () => Promise.resolve(""),
    });
    const push = await pipelineWithHistory(small);
    const tab = await browser.newPage();
    const rows = tab.locator("#history tbody tr");
    let from = Date.now();
    await tab.goto(page.url);
    await rows.nth(EXECUTIONS - 1).waitFor({ state: "attached" });
    const open = (Date.now() - from) / 1000;
    const first = await rows.first().getAttribute("data-key");
    from = Date.now();
    const id = await push();
    if (id === first) throw new Error("A push started no execution.");
    await tab.locator(`#history tr[data-key="${id}"]`).waitFor({ state: "attached" });
    console.log(JSON.stringify({ open, update: (Date.now() - from) / 1000 }));
    await small.end(id);
  } finally {
    await browser.close();
    await page.stop();
    await small.stop();
  }
}

/** Creates a pipeline and waits for its executions. Returns what starts one more, and returns its id. */
async function pipelineWithHistory(small: SmallAws): Promise<() => Promise<string>> {
  await small.project("Echo", "echo hello");
  await small.codepipeline.send(
    new CreatePipelineCommand({ pipeline: small.pipeline("history", buildStage("Echo")) }),
  );
  const latest = () => small.aws.codepipeline.get("history").executions.at(-1)!.id;
  await small.end(latest());
  const send = await small.webhook("history");
  let count = 0;
  const push = async () => {
    await send(JSON.stringify({ ref: "refs/heads/main", after: `change ${++count}` }));
    return latest();
  };
  for (let execution = 1; execution < EXECUTIONS; execution++) await small.end(await push());
  return push;
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
