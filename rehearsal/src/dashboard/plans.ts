import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  CodePipelineClient,
  paginateListActionExecutions,
  type ActionExecutionDetail,
  type S3Location,
} from "@aws-sdk/client-codepipeline";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { openPromise } from "yauzl";
import type { clientConfig } from "../aws/client-config";

/** The file of an artifact that holds the plan. */
const FILE = "plan.txt";

/** Bytes of a plan that are shown: more would slow down the browser. */
const SHOWN = 200 * 1024;

/** Maximum bytes of an artifact that is searched for a plan. */
const ARTIFACT_LIMIT = 64 * 1024 ** 2;

/** Returns whether a build wrote an artifact for an approval: in its stage, or its message has the build's variables. */
export function wroteArtifactFor(
  { stageName, input, output }: ActionExecutionDetail,
  approval: ActionExecutionDetail,
): boolean {
  if (input?.actionTypeId?.category !== "Build" || (output?.outputArtifacts ?? []).length === 0) return false;
  const { CustomData: message = "" } = approval.input?.configuration ?? {};
  return (
    stageName === approval.stageName ||
    (input.namespace !== undefined && message.includes(`#{${input.namespace}.`))
  );
}

/** Reads the plan for an approval: the `plan.txt` in an artifact that a build wrote for it. */
export class Plans {
  private readonly codepipeline: CodePipelineClient;
  private readonly s3: S3Client;

  constructor(config: ReturnType<typeof clientConfig>) {
    this.codepipeline = new CodePipelineClient(config);
    this.s3 = new S3Client({ ...config, forcePathStyle: true });
  }

  /** Returns the plan for a run of an approval; undefined if there is none. */
  async read(pipelineName: string, pipelineExecutionId: string, run: string): Promise<string | undefined> {
    const details: ActionExecutionDetail[] = [];
    const pages = paginateListActionExecutions(
      { client: this.codepipeline },
      { pipelineName, filter: { pipelineExecutionId } },
    );
    for await (const { actionExecutionDetails } of pages) details.push(...(actionExecutionDetails ?? []));
    const approval = details.find(({ actionExecutionId }) => actionExecutionId === run);
    if (approval?.input?.actionTypeId?.category !== "Approval") return undefined;
    // Newest first: an action that was retried wrote another.
    for (const made of details.filter((detail) => wroteArtifactFor(detail, approval))) {
      for (const { s3location } of made.output!.outputArtifacts!) {
        const text = s3location && (await this.textIn(s3location));
        if (text !== undefined) return text;
      }
    }
    return undefined;
  }

  stop(): void {
    this.codepipeline.destroy();
    this.s3.destroy();
  }

  private async textIn({ bucket, key }: S3Location): Promise<string | undefined> {
    const { Body, ContentLength } = await this.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    if (ContentLength! > ARTIFACT_LIMIT) {
      (Body as Readable).destroy();
      return undefined;
    }
    // The directory of a zip is at its end, so the file must be complete.
    const folder = await mkdtemp(join(tmpdir(), "plan-"));
    try {
      const archive = join(folder, "artifact.zip");
      await pipeline(Body as Readable, createWriteStream(archive));
      return await textOf(archive);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

async function textOf(archive: string): Promise<string | undefined> {
  const zip = await openPromise(archive, { lazyEntries: true, autoClose: false });
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName !== FILE) continue;
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of await zip.openReadStreamPromise(entry)) {
        chunks.push(chunk as Buffer);
        size += (chunk as Buffer).length;
        if (size > SHOWN) break;
      }
      const text = Buffer.concat(chunks).subarray(0, SHOWN).toString("utf8");
      return size > SHOWN
        ? `${text}\n… truncated. The full plan is in the log of the step that wrote it.`
        : text;
    }
    return undefined;
  } finally {
    zip.close();
  }
}
