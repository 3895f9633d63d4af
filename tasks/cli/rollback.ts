/**
 * Returns production to an earlier commit, by the versions of the functions that are there already:
 *
 *   npm run rollback                shows the commits to choose from
 *   npm run rollback -- COMMIT      moves all traffic to that commit's versions, after asking
 */
import { CodePipelineClient } from "@aws-sdk/client-codepipeline";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { parseArgs } from "node:util";
import { loadEnvFile, readSettings } from "../../settings";
import { confirm } from "../confirm";
import { whoAmI } from "../account/identity";
import {
  goLive,
  readLive,
  readReleases,
  refuseWhileReleasing,
  type Live,
  type Release,
} from "../releases/releases";
import { tryVersion } from "../build/smoke-test-version";

/** How many commits are shown. An older one can still be named. */
const SHOWN = 20;

async function rollback(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true });
  if (positionals.length > 1) throw new Error("Usage: npm run rollback [-- COMMIT]");
  const [wanted] = positionals;
  loadEnvFile();
  const { hw_stack_name: stack } = readSettings();
  await whoAmI();
  const lambda = new LambdaClient();
  const codepipeline = new CodePipelineClient();
  const releases = await readReleases(lambda, stack);
  const live = await readLive(lambda, stack);
  console.log(`\n${describe(releases.slice(0, SHOWN), live)}`);
  if (wanted === undefined) return;

  const release = choose(releases, wanted);
  await refuseWhileReleasing(codepipeline, stack);
  console.log(`\n${change(live, release)}`);
  const short = release.commit.slice(0, 9);
  if (!(await confirm(`Type ${short} to move all traffic of production there: `, short)))
    throw new Error("Nothing was changed.");
  // Whoever thinks about it for long may find another situation than the one that was shown.
  await refuseWhileReleasing(codepipeline, stack);
  await tryVersion(lambda, live.api.name, release.api, "request");
  await tryVersion(lambda, live.recordObject.name, release.recordObject, "event");
  await goLive(lambda, live, release);
  console.log(moved(releases, live, release));
}

/** The commits, the newest first, each with its versions, and which is live. */
export function describe(releases: readonly Release[], live: Live): string {
  const rows = releases.map(({ commit, at, api, recordObject }) => {
    const isLive = api === live.api.version && recordObject === live.recordObject.version;
    const versions = `api ${api}, record-object ${recordObject}`;
    return `  ${commit.padEnd(40)}  ${at.slice(0, 16)}Z  ${versions}${isLive ? "  (live)" : ""}`;
  });
  return ["Commits that were deployed to production:", ...rows].join("\n");
}

/** @throws Error when no release is of that commit, or more than one commit begins so */
export function choose(releases: readonly Release[], wanted: string): Release {
  const found = releases.filter(({ commit }) => commit.startsWith(wanted));
  // The newest of several: a commit gets other versions when a setting changes.
  const [release] = found;
  if (!release) {
    throw new Error(
      `No version in production is of commit ${wanted}. Without a commit, this shows the last ${SHOWN} there are.`,
    );
  }
  if (new Set(found.map(({ commit }) => commit)).size > 1) {
    throw new Error(`More than one commit begins with ${wanted}: give more of it.`);
  }
  return release;
}

/** What was done, and what is left to do: that depends on whether production went back or forward. */
export function moved(releases: readonly Release[], live: Live, to: Release): string {
  const newest = releases[0];
  if (Number(to.api) >= Number(newest?.api)) {
    return `Production is commit ${to.commit}, the last one that was deployed. There is nothing to revert.`;
  }
  if (Number(to.api) > Number(live.api.version)) {
    return `Production is commit ${to.commit}. Later commits were deployed too: the next run of the pipeline releases what the branch has. If one of them is wrong, revert it and push.`;
  }
  return `Production is commit ${to.commit}. The branch is not: the next run of the pipeline deploys what is there. Revert what was wrong, and push.`;
}

function change({ api, recordObject }: Live, to: Release): string {
  const line = (name: string, from: string, version: string) =>
    `  ${name}: ${from === version ? `stays version ${version}` : `version ${from} -> ${version}`}`;
  return [
    `To commit ${to.commit}:`,
    line(api.name, api.version, to.api),
    line(recordObject.name, recordObject.version, to.recordObject),
  ].join("\n");
}

if (require.main === module) {
  rollback().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
