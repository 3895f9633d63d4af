import { z } from "zod";
import { AwsError } from "../aws-error";
import type { AwsContext, Operations } from "../aws-context";
import type { NeedsOf } from "../permissions";

/** The quotas that the rehearsal has a value for: `<service>/<quota code>`. */
export type Quotas = Readonly<Record<string, { readonly QuotaName: string; readonly Value: number }>>;

/**
 * The quotas that a setting of the pipeline can exceed, at what AWS gives an account that is not new.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 *
 * @param concurrentBuilds what CodeBuild runs at a time here
 */
export function defaultQuotas(concurrentBuilds: number): Quotas {
  return {
    "apigateway/L-8A5B8E43": { QuotaName: "Throttle rate", Value: 10_000 },
    "codebuild/L-9D07B6EF": {
      QuotaName: "Concurrently running builds for Linux/Small environment",
      Value: concurrentBuilds,
    },
  };
}

const schema = z.object({
  ServiceCode: z.string().regex(/^[a-zA-Z][a-zA-Z0-9-]{1,63}$/),
  QuotaCode: z.string().regex(/^[a-zA-Z][a-zA-Z0-9-]{1,128}$/),
});

/** The operations of Service Quotas: reading one quota. */
export function quotaOperations(aws: AwsContext, quotas: Quotas) {
  return {
    GetServiceQuota: (input: object) => {
      const { data, error } = schema.safeParse(input);
      if (error) throw new AwsError("IllegalArgumentException", z.prettifyError(error));
      const { ServiceCode, QuotaCode } = data;
      const id = `${ServiceCode}/${QuotaCode}`;
      const quota = Object.hasOwn(quotas, id) ? quotas[id] : undefined;
      if (!quota)
        throw new AwsError("NoSuchResourceException", `The rehearsal has no value for the quota ${id}.`);
      const QuotaArn = quotaArn(aws, ServiceCode, QuotaCode);
      return { Quota: { ServiceCode, QuotaCode, QuotaArn, ...quota, Adjustable: true, GlobalQuota: false } };
    },
  } satisfies Operations;
}

/** What reading a quota needs, by the Service Authorization Reference. */
export function quotaNeeds(aws: AwsContext): NeedsOf<ReturnType<typeof quotaOperations>> {
  return {
    GetServiceQuota: (input) => {
      const { ServiceCode, QuotaCode } = input as Record<string, unknown>;
      return { on: [quotaArn(aws, ServiceCode as string, QuotaCode as string)] };
    },
  };
}

function quotaArn({ region, account }: AwsContext, service: string, code: string): string {
  return `arn:aws:servicequotas:${region}:${account}:${service}/${code}`;
}
