import type { CreateReportGroupInput, ReportGroup, UpdateReportGroupInput } from "@aws-sdk/client-codebuild";
import { AwsError } from "../aws-error";
import type { AwsContext } from "../aws-context";

/** The report groups of the account. Builds make no reports here, so all of them are empty. */
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
   * Replaces what is given and leaves the rest as it is.
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

  /** All of them, for a later session. */
  save(): readonly ReportGroup[] {
    return [...this.groups.values()];
  }

  /** Restores those of an earlier session. */
  restore(saved: readonly ReportGroup[]): void {
    for (const one of saved) this.groups.set(one.arn!, one);
  }

  delete(arn: string): void {
    this.groups.delete(arn);
  }
}

const ACTIVE = "ACTIVE" as const;

/** The ARN of a report group of that name. */
export function reportGroupArn({ region, account }: AwsContext, name: string): string {
  return `arn:aws:codebuild:${region}:${account}:report-group/${name}`;
}
