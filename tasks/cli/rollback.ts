/**
 * Returns production to an earlier commit, by versions of the functions that exist:
 *
 *   npm run rollback                lists the commits
 *   npm run rollback -- COMMIT      shifts all traffic to that commit's versions, after a confirmation
 */
import { CodePipelineClient } from "@aws-sdk/client-codepipeline";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { parseArgs } from "node:util";
import { loadEnvFile, readSettings } from "../../settings";
import { apiFunction, definitionOf, functionNames } from "../../stacks/functions";
import { namesOf } from "../../stacks/names";
import { confirm } from "../confirm";
import { whoAmI } from "../account/identity";
import {
  apiVersion,
  goLive,
  readLive,
  readReleases,
  refuseWhileReleasing,
  type Live,
  type Release,
} from "../releases/releases";
import { smokeTest } from "../releases/smoke-test";
import { runProgram } from "../program";

/** How many commits are listed. An older one can still be named. */
const SHOWN = 20;

async function rollback(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true });
  if (positionals.length > 1) throw new Error("Usage: npm run rollback [-- COMMIT]");
  const [wanted] = positionals;
  loadEnvFile();
  const names = namesOf(readSettings());
  await whoAmI();
  const lambda = new LambdaClient();
  const codepipeline = new CodePipelineClient();
  const releases = await readReleases(lambda, names);
  const live = await readLive(lambda, names);
  console.log(`\n${describe(releases.slice(0, SHOWN), live)}`);
  if (wanted === undefined) return;

  const release = choose(releases, wanted);
  await refuseWhileReleasing(codepipeline, names.pipeline);
  console.log(`\n${change(live, release)}`);
  const short = release.commit.slice(0, 9);
  await confirm({
    question: `Type ${short} to move all traffic of production there: `,
    answer: short,
    otherwise: "Nothing was changed.",
    recheck: () => refuseWhileReleasing(codepipeline, names.pipeline),
  });
  for (const name of functionNames) {
    const version = release.versions[name];
    if (version !== undefined) await smokeTest(lambda, live[name].name, version, definitionOf(name).trigger);
  }
  await goLive(lambda, live, release);
  console.log(moved(releases, live, release));
}

/** Lists the commits, the newest first, each with its versions, and marks the live one. */
export function describe(releases: readonly Release[], live: Live): string {
  const rows = releases.map(({ commit, at, versions }) => {
    const known = functionNames.filter((name) => versions[name] !== undefined);
    const isLive = known.every((name) => versions[name] === live[name].version);
    const list = known.map((name) => `${name} ${versions[name]}`).join(", ");
    return `  ${commit.padEnd(40)}  ${at.slice(0, 16)}Z  ${list}${isLive ? "  (live)" : ""}`;
  });
  return ["Commits that changed what runs in production:", ...rows].join("\n");
}

/** @throws Error if no release is of that commit, or if more than one commit begins so */
export function choose(releases: readonly Release[], wanted: string): Release {
  const found = releases.filter(({ commit }) => commit.startsWith(wanted));
  // The newest of several: a commit gets new versions if a setting changes.
  const [release] = found;
  if (!release) {
    throw new Error(
      `No version in production is of commit ${wanted}: it was not deployed, or changed no function. ` +
        `Run npm run rollback without a commit: it lists the last ${SHOWN}.`,
    );
  }
  if (new Set(found.map(({ commit }) => commit)).size > 1) {
    throw new Error(`More than one commit begins with ${wanted}: give more of it.`);
  }
  return release;
}

/** Says what was done, and what remains to do: that depends on whether production went back or forward. */
export function moved(releases: readonly Release[], live: Live, to: Release): string {
  const [newest] = releases;
  if (newest === undefined || apiVersion(to) >= apiVersion(newest)) {
    return `Production is commit ${to.commit}, the last one that was deployed. There is nothing to revert.`;
  }
  if (apiVersion(to) > Number(live[apiFunction].version)) {
    return `Production is commit ${to.commit}. Later commits were deployed too: the next run of the pipeline releases what the branch has. If one of them is wrong, revert it and push.`;
  }
  return `Production is commit ${to.commit}. The branch is not: the next run of the pipeline deploys what is there. Revert what was wrong, and push.`;
}

function change(live: Live, { commit, versions }: Release): string {
  const lines = functionNames.map((name) => {
    const [from, to] = [live[name].version, versions[name] ?? live[name].version];
    return `  ${live[name].name}: ${from === to ? `stays version ${to}` : `version ${from} -> ${to}`}`;
  });
  return [`To commit ${commit}:`, ...lines].join("\n");
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
if (require.main === module) runProgram(rollback);
