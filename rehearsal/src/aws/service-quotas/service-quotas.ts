import { z } from "zod";
import { AwsError } from "../aws-error";
import type { AwsContext } from "../aws-context";
import type { Operations } from "../operation";
import type { PermissionsOf } from "../permissions";

/** The quotas that the rehearsal knows, by `<service>/<quota code>`. */
export type Quotas = Readonly<Record<string, { readonly QuotaName: string; readonly Value: number }>>;

/**
 * Returns the quotas that a setting of the pipeline can exceed, with the defaults of an account that is not new.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 *
 * @param concurrentBuilds the concurrent builds that the rehearsal's CodeBuild allows
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

/** Returns the operations of Service Quotas: it only reads a quota. */
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

/** Returns the permissions for Service Quotas, by the Service Authorization Reference. */
export function quotaPermissions(aws: AwsContext): PermissionsOf<ReturnType<typeof quotaOperations>> {
  return {
    GetServiceQuota: (input) => {
      const { ServiceCode, QuotaCode } = input as Record<string, unknown>;
      return { resources: [quotaArn(aws, ServiceCode as string, QuotaCode as string)] };
    },
  };
}

function quotaArn({ region, account }: AwsContext, service: string, code: string): string {
  return `arn:aws:servicequotas:${region}:${account}:${service}/${code}`;
}
