import { CodePipelineClient } from "@aws-sdk/client-codepipeline";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { clientConfig } from "../../rehearsal/src/aws/client-config";
import { Session } from "../../rehearsal/src/session";
import { follow, push, StepFailed } from "../../rehearsal/src/rehearse";
import { quickenBuilds } from "./quick-builds";
import { everything } from "./saved-world/everything";
import { SavedWorlds } from "./saved-world/saved-worlds";

const root = join(__dirname, "../..");

/** The settings of the saved world: how traffic moves, and what a person approves, is shown elsewhere. */
export const WORLD = {
  pipeline_manual_approval: "false",
  pipeline_rollout: "AllAtOnce",
  pipeline_self_update: "after-unit-test",
};

/** In a world's folder: all that the delivered pipeline's account and GitHub answered when it was saved. */
export const EVERYTHING = "everything.json";

/** A pipeline that is deployed on this machine, with builds that take seconds, and the person who works on it. */
export abstract class DeployedPipeline {
  constructor(
    readonly session: Session,
    private readonly folder: string,
  ) {}

  /**
   * Bootstraps it. Nothing is pushed yet.
   *
   * @param prepare does what has to be done before bootstrap
   */
  static async start<P extends DeployedPipeline>(
    this: new (session: Session, folder: string) => P,
    settings: Readonly<Record<string, string>>,
    prepare: (pipeline: P) => Promise<unknown> = () => Promise.resolve(),
    canBeSaved = false,
  ): Promise<P> {
    const folder = mkdtempSync(join(tmpdir(), "deployed-pipeline-"));
    const pipeline = new this(await Session.start({ root, folder, settings, canBeSaved }), folder);
    const { workstation } = pipeline.session;
    try {
      await workstation.git("config", "user.name", "A");
      await workstation.git("config", "user.email", "a@example.com");
      quickenBuilds(workstation.clone);
      await pipeline.commit("Build without checks");
      await prepare(pipeline);
      await workstation.bootstrap();
      return pipeline;
    } catch (error) {
      await pipeline.stop();
      throw error;
    }
  }

  /**
   * Goes on with a pipeline that was bootstrapped once for this commit, with the settings of `WORLD`, and, as
   * `delivered`, has brought the clone's commit to production. It is made when no other test has made it.
   *
   * @param settings those of the workstation from now on; what is deployed has them after the next bootstrap
   */
  static async restored<P extends DeployedPipeline>(
    this: new (session: Session, folder: string) => P,
    state: "bootstrapped" | "delivered",
    settings: Readonly<Record<string, string>> = WORLD,
  ): Promise<P> {
    const world = await savedWorld();
    const folder = mkdtempSync(join(tmpdir(), "deployed-pipeline-"));
    try {
      const session = await Session.start({ root, folder, settings, saved: join(world, state) });
      return new this(session, folder);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.session.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** How a person's clients reach the AWS endpoint, which knows builds and executions that the emulator does not. */
  get client() {
    const aws = this.session.aws.context;
    return { ...clientConfig(aws), endpoint: aws.endpoint };
  }

  get codepipeline(): CodePipelineClient {
    return new CodePipelineClient(this.client);
  }

  /** Changes a file of the workstation's clone. @throws Error when that leaves it as it was */
  edit(path: string, change: (text: string) => string): void {
    const file = join(this.session.workstation.clone, path);
    const text = readFileSync(file, "utf8");
    const changed = change(text);
    if (changed === text) throw new Error(`Nothing in ${path} was changed.`);
    writeFileSync(file, changed);
  }

  /** Commits what was edited, if anything was. @returns the commit */
  async commit(subject: string): Promise<string> {
    const { workstation } = this.session;
    // What an apply leaves in the clone is ignored, but the link to the packages is not.
    await workstation.git("commit", "--quiet", "--all", "--allow-empty", "--message", subject);
    return workstation.head();
  }
}

class World extends DeployedPipeline {}

/** The folder of this commit's world. */
export function savedWorld(): Promise<string> {
  return new SavedWorlds(root).get(makeWorld);
}

/** Waits for the end of the execution that creating the pipeline has started: the branch is not on GitHub yet. */
async function executionsEnd({ aws, pipeline }: Session): Promise<void> {
  const { executions } = aws.codepipeline.get(pipeline);
  for (let tries = 0; executions.some(({ isActive }) => isActive); tries++) {
    if (tries > 600) throw new Error(`An execution of ${pipeline} does not end: its branch was not pushed.`);
    await pause(100);
  }
}

/** Bootstraps and delivers a pipeline, and saves it after each of both. */
async function makeWorld(folder: string): Promise<void> {
  const world = await World.start(WORLD, undefined, true);
  try {
    const { session } = world;
    await executionsEnd(session);
    await session.save(join(folder, "bootstrapped"));
    await follow(session, await push(session)).catch((error: unknown) => {
      if (!(error instanceof StepFailed)) throw error;
      throw new Error(`${error.message}\n${error.lastLines}`, { cause: error });
    });
    writeFileSync(join(folder, EVERYTHING), JSON.stringify(await everything(world)), { mode: 0o600 });
    await session.save(join(folder, "delivered"));
  } finally {
    await world.stop();
  }
}
