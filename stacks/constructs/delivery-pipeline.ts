import {
  Codepipeline,
  type CodepipelineStage,
  type CodepipelineTrigger,
} from "@cdktf/provider-aws/lib/codepipeline";
import { Construct } from "constructs";
import { acceptFindings } from "./accepted-findings";

export interface DeliveryPipelineProps {
  readonly pipelineName: string;
  readonly roleArn: string;
  readonly artifactBucket: string;
  readonly stages: readonly CodepipelineStage[];
  /** Filters on pushes; undefined if the source alone decides what starts the pipeline. */
  readonly trigger: CodepipelineTrigger[] | undefined;
}

/** A pipeline whose newest waiting execution replaces an older one: what production gets is the latest commit. */
export class DeliveryPipeline extends Construct {
  readonly pipeline: Codepipeline;

  constructor(scope: Construct, id: string, props: DeliveryPipelineProps) {
    super(scope, id);
    this.pipeline = new Codepipeline(this, "pipeline", {
      name: props.pipelineName,
      roleArn: props.roleArn,
      // V2 alone has conditions that skip a stage.
      pipelineType: "V2",
      executionMode: "SUPERSEDED",
      artifactStore: [{ type: "S3", location: props.artifactBucket }],
      stage: [...props.stages],
      trigger: props.trigger,
    });
    acceptFindings(this.pipeline, {
      CKV_AWS_219:
        "Artifacts are encrypted with S3's key; a customer managed one would need a statement for each step.",
    });
  }
}
