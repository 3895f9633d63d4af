import { CodePipelineClient } from "@aws-sdk/client-codepipeline";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clientConfig } from "../../rehearsal/cloud/client-config";
import { Session } from "../../rehearsal/session";
import { quickenBuilds } from "./quick-builds";

const root = join(__dirname, "../..");

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
  ): Promise<P> {
    const folder = mkdtempSync(join(tmpdir(), "deployed-pipeline-"));
    const pipeline = new this(await Session.start({ root, folder, settings }), folder);
    const { laptop } = pipeline.session;
    try {
      await laptop.git("config", "user.name", "A");
      await laptop.git("config", "user.email", "a@example.com");
      quickenBuilds(laptop.clone);
      await pipeline.commit("Build without checks");
      await prepare(pipeline);
      await laptop.bootstrap();
      return pipeline;
    } catch (error) {
      await pipeline.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.session.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** How a person's clients reach the cloud itself, which knows builds and executions that the emulator does not. */
  get client() {
    const { cloud } = this.session.cloud;
    return { ...clientConfig(cloud), endpoint: cloud.endpoint };
  }

  get codepipeline(): CodePipelineClient {
    return new CodePipelineClient(this.client);
  }

  /** Changes a file of the laptop's clone. @throws Error when that leaves it as it was */
  edit(path: string, change: (text: string) => string): void {
    const file = join(this.session.laptop.clone, path);
    const text = readFileSync(file, "utf8");
    const changed = change(text);
    if (changed === text) throw new Error(`Nothing in ${path} was changed.`);
    writeFileSync(file, changed);
  }

  /** Commits what was edited, if anything was. @returns the commit */
  async commit(subject: string): Promise<string> {
    const { laptop } = this.session;
    // What an apply leaves in the clone is ignored, but the link to the packages is not.
    await laptop.git("commit", "--quiet", "--all", "--allow-empty", "--message", subject);
    return laptop.head();
  }
}
