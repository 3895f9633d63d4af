import type { PipelineDeclaration, Tag } from "@aws-sdk/client-codepipeline";
import type { Execution } from "./execution";
import { Stage } from "./stage";

/** The executions that a pipeline keeps. AWS keeps those of a year. */
const HISTORY = 100;

/** A pipeline: its structure, stages and executions. */
export class Pipeline {
  readonly created = new Date();
  updated = this.created;
  /** The newest last. */
  readonly executions: Execution[] = [];
  stages: readonly Stage[] = [];
  tags: readonly Tag[] = [];
  private current: PipelineDeclaration;

  constructor(
    readonly arn: string,
    declaration: PipelineDeclaration,
  ) {
    this.current = { ...declaration, version: 1 };
    this.updateStages();
  }

  get name(): string {
    return this.current.name!;
  }

  get version(): number {
    return this.current.version!;
  }

  get declaration(): PipelineDeclaration {
    return this.current;
  }

  /** Replaces the structure, as a new version. */
  update(declaration: PipelineDeclaration): void {
    this.current = { ...declaration, version: this.version + 1 };
    this.updated = new Date();
    this.updateStages();
  }

  stage(name: string): Stage | undefined {
    return this.stages.find((stage) => stage.name === name);
  }

  /** Returns the stage that follows another. */
  after(stage: Stage): Stage | undefined {
    return this.stages[this.stages.indexOf(stage) + 1];
  }

  execution(id: string): Execution | undefined {
    return this.executions.find((execution) => execution.id === id);
  }

  /** Adds an execution to the history, and removes the oldest finished ones. */
  remember(execution: Execution): void {
    this.executions.push(execution);
    while (this.executions.length > HISTORY) {
      const oldest = this.executions.findIndex(({ isActive }) => !isActive);
      if (oldest < 0) return;
      this.executions.splice(oldest, 1);
    }
  }

  /** Stages with the same name keep their state. */
  private updateStages(): void {
    const existing = new Map(this.stages.map((stage) => [stage.name, stage]));
    this.stages = (this.current.stages ?? []).map((declaration) => {
      const stage = existing.get(declaration.name!) ?? new Stage(declaration);
      stage.declaration = declaration;
      return stage;
    });
  }
}
