import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { context, formatMessages, type BuildFailure } from "esbuild";
import { functionOptions } from "../../../tasks/bundle/bundle";

export interface LocalFunctionOptions {
  /** The folder with lambda-src and node_modules. */
  readonly root: string;
  /** A folder below `root` for its code. */
  readonly folder: string;
  /** Its folder in lambda-src. */
  readonly name: string;
  readonly environment: NodeJS.ProcessEnv;
  /** How long a call may take. */
  readonly timeoutSeconds: number;
}

interface Answer {
  readonly id: number;
  readonly result?: string;
  readonly error?: string;
}

interface Call {
  resolve(result: string | undefined): void;
  reject(error: Error): void;
}

type Build = Awaited<ReturnType<typeof startBuild>>;

/** A function of lambda-src in a thread of its own, which takes over new versions of its code while it answers. */
export class LocalFunction {
  private readonly calls = new Map<number, Call>();
  private readonly file: string;
  private lastId = 0;
  private code = "";
  private worker: Worker;

  private constructor(
    private readonly options: LocalFunctionOptions,
    private readonly build: Build,
  ) {
    mkdirSync(options.folder, { recursive: true });
    this.file = join(options.folder, `${options.name}.js`);
    this.worker = this.startWorker();
  }

  /** @throws when its code does not compile or does not load, with where and why */
  static async start(options: LocalFunctionOptions): Promise<LocalFunction> {
    const started = new LocalFunction(options, await startBuild(options));
    try {
      await started.reload();
      return started;
    } catch (error) {
      await started.stop();
      throw error;
    }
  }

  /**
   * Takes over the sources as they are now; calls that are under way end with the code they began with.
   * Resolves to false when the code is the same.
   * @throws when it does not compile or does not load, with where and why; the version before stays
   */
  async reload(): Promise<boolean> {
    const code = await this.build.code();
    if (code === this.code) return false;
    const before = this.code;
    writeFileSync(this.file, code);
    try {
      await this.ask({ load: this.file });
    } catch (error) {
      // A thread that has to be started again gets what worked.
      writeFileSync(this.file, before);
      throw error;
    }
    this.code = code;
    return true;
  }

  /** Calls it as Lambda does, and resolves to its result as JSON, or undefined where it has none. */
  invoke(event: unknown): Promise<string | undefined> {
    const context = {
      awsRequestId: randomUUID(),
      functionName: this.options.name,
      functionVersion: "$LATEST",
      deadline: Date.now() + this.options.timeoutSeconds * 1000,
    };
    return this.ask({ event, context });
  }

  async stop(): Promise<void> {
    await this.build.dispose();
    this.worker.removeAllListeners("exit");
    await this.worker.terminate();
  }

  private ask(message: object): Promise<string | undefined> {
    const id = ++this.lastId;
    const { name, timeoutSeconds } = this.options;
    return new Promise<string | undefined>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`${name} took longer than ${timeoutSeconds} seconds and was ended.`));
        this.worker.terminate().catch(console.error);
      }, timeoutSeconds * 1000);
      const settled =
        <T>(settle: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer);
          this.calls.delete(id);
          settle(value);
        };
      this.calls.set(id, { resolve: settled(resolve), reject: settled(reject) });
      this.worker.postMessage({ id, ...message });
    });
  }

  private startWorker(): Worker {
    const worker = new Worker(join(__dirname, "worker.mjs"), {
      env: this.options.environment,
      // Not this process's loader, which would take longer to start than the function.
      execArgv: [],
    });
    worker.on("message", ({ id, result, error }: Answer) => {
      const call = this.calls.get(id);
      if (error === undefined) call?.resolve(result);
      else call?.reject(new Error(error));
    });
    worker.on("error", (error: Error) => console.error(error));
    worker.once("exit", () => {
      for (const call of this.calls.values()) call.reject(new Error(`${this.options.name} ended by itself.`));
      this.worker = this.startWorker();
      // It has been loaded before.
      if (this.code !== "") this.ask({ load: this.file }).catch(console.error);
    });
    return worker;
  }
}

/** esbuild, which remembers what has not changed. */
async function startBuild({ root, name }: LocalFunctionOptions) {
  const builder = await context({
    ...functionOptions(root, name),
    // Loaded once and kept: a new version is then only its own code.
    packages: "external",
    minify: false,
    sourcemap: "inline",
    sourcesContent: true,
    target: "node20",
    logLevel: "silent",
  });
  return {
    dispose: () => builder.dispose(),
    code: async () => {
      try {
        const { outputFiles } = await builder.rebuild();
        return outputFiles[0]?.text ?? "";
      } catch (error) {
        const messages = await formatMessages((error as BuildFailure).errors, {
          kind: "error",
          color: process.stdout.isTTY,
        });
        throw new Error(messages.join("").trimEnd());
      }
    },
  };
}
