import type { Settings } from "../../settings";

/** Returns that anyone is allowed to call the API, if so: a deployment from before the setting has none. */
export function openApi({ service_auth: auth = "none" }: Settings): string[] {
  return auth === "none" ? ["The API is open to anyone (service_auth=none)."] : [];
}

/** Returns how settings weaken the barrier between a commit and production, a sentence each. */
export function weakenings(settings: Settings): string[] {
  return [
    ...(settings.codebuild_role_arn === undefined
      ? []
      : [
          "codebuild_role_arn: all steps share one role, so UnitTest runs a commit's code with the permissions to deploy. " +
            "Neither checks nor approvals hold against a commit that uses them.",
        ]),
    ...(settings.pipeline_manual_approval !== false
      ? []
      : [
          "pipeline_manual_approval=false: no reviewer approves production or a change of the pipeline. The checks of the stacks, " +
            "the comparison of permissions (ConfirmPermissions) and the digests still hold.",
        ]),
  ];
}
