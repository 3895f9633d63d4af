import type { CreateReportGroupInput, ReportGroup, UpdateReportGroupInput } from "@aws-sdk/client-codebuild";
import { AwsError } from "../aws-error";
import type { AwsContext } from "../aws-context";

/** The report groups of the account. They are empty: builds create no reports here. */
export class ReportGroups {
  private readonly aws: AwsContext;
  private readonly groups = new Map<string, ReportGroup>();

  constructor(aws: AwsContext) {
    this.aws = aws;
  }

  /** @throws ResourceAlreadyExistsException */
  create({ name, type, exportConfig, tags = [] }: CreateReportGroupInput): ReportGroup {
    const arn = reportGroupArn(this.aws, name!);
    if (this.groups.has(arn)) {
      throw new AwsError("ResourceAlreadyExistsException", `Report group already exists: ${arn}`);
    }
    const now = new Date();
    const group = { arn, name, type, exportConfig, tags, created: now, lastModified: now, status: ACTIVE };
    this.groups.set(arn, group);
    return group;
  }

  find(arn: string): ReportGroup | undefined {
    return this.groups.get(arn);
  }

  /**
   * Changes the given settings and keeps the others.
   * @throws ResourceNotFoundException
   */
  update({ arn, exportConfig, tags }: UpdateReportGroupInput): ReportGroup {
    const group = this.groups.get(arn!);
    if (!group) throw new AwsError("ResourceNotFoundException", `Report group cannot be found: ${arn}`);
    const changed = {
      ...group,
      exportConfig: exportConfig ?? group.exportConfig,
      tags: tags ?? group.tags,
      lastModified: new Date(),
    };
    this.groups.set(arn!, changed);
    return changed;
  }

  /** Returns all report groups for a later session. */
  save(): readonly ReportGroup[] {
    return [...this.groups.values()];
  }

  /** Restores the report groups of an earlier session. */
  restore(saved: readonly ReportGroup[]): void {
    for (const group of saved) this.groups.set(group.arn!, group);
  }

  delete(arn: string): void {
    this.groups.delete(arn);
  }
}

const ACTIVE = "ACTIVE" as const;

/** Returns the ARN of a report group. */
export function reportGroupArn({ region, account }: AwsContext, name: string): string {
  return `arn:aws:codebuild:${region}:${account}:report-group/${name}`;
}
