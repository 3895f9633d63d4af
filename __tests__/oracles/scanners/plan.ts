import { execFile } from "node:child_process";
import { cpSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Testing, type TerraformStack } from "cdktf";
import type { Synthesized } from "../../support/synth";

const run = promisify(execFile);

/** What AWS answers to the data sources of the stacks; there is no AWS here. */
const answers: readonly (readonly [RegExp, unknown])[] = [
  // What state-stack.ts makes of the APIs that are there.
  [/local\.production-api-id/g, "a1b2c3d4e5"],
  [/data\.aws_partition\.[\w-]+\.partition/g, "aws"],
  [/data\.aws_region\.[\w-]+\.name/g, "eu-central-1"],
  [/data\.aws_caller_identity\.[\w-]+\.account_id/g, "123456789012"],
  [
    /data\.aws_secretsmanager_secret_version\.[\w-]+\.secret_string/g,
    JSON.stringify({ githubAccessToken: "not-a-token", webhookSecret: "not-a-secret" }),
  ],
];

/** A provider that asks AWS for nothing while it plans. */
const aws = {
  region: "eu-central-1",
  access_key: "none",
  secret_key: "none",
  skip_credentials_validation: true,
  skip_requesting_account_id: true,
  skip_metadata_api_check: true,
};

/** The plan that creates what is in these stacks, as JSON. Resources on GitHub are excluded. */
export async function planAsJson(stacks: readonly TerraformStack[], folder: string): Promise<string> {
  const resource: Synthesized["resource"] = {};
  for (const stack of stacks) {
    const synthesized = synthesizeInto(folder, stack);
    for (const [type, resources] of Object.entries(synthesized.resource)) {
      if (type.startsWith("github_")) continue;
      const known = (resource[type] ??= {});
      for (const [id, one] of Object.entries(resources)) {
        if (id in known) throw new Error(`two stacks have a ${type}.${id}: they can't share a plan`);
        known[id] = one;
      }
    }
  }
  const config = JSON.stringify({
    terraform: { required_providers: { aws: { source: "aws", version: "5.100.0" } } },
    // The second forwards the events of IAM.
    provider: { aws: [aws, { ...aws, alias: "us-east-1", region: "us-east-1" }] },
    resource,
  });
  writeFileSync(join(folder, "main.tf.json"), config);
  const terraform = (...args: string[]) =>
    run("terraform", args, { cwd: folder, env: { ...process.env, HOME: folder }, maxBuffer: 2 ** 28 });
  await terraform("init", "-input=false", "-no-color");
  await terraform("plan", "-refresh=false", "-input=false", "-no-color", "-out=plan");
  return (await terraform("show", "-json", "plan")).stdout;
}

/** The stack as Terraform reads it, its bundles beside it, with the data sources' answers in place of them. */
function synthesizeInto(folder: string, stack: TerraformStack): Synthesized {
  const output = join(Testing.fullSynth(stack), "stacks", stack.node.id);
  if (existsSync(join(output, "assets")))
    cpSync(join(output, "assets"), join(folder, "assets"), { recursive: true });
  let text = Testing.synth(stack);
  for (const [pattern, answer] of answers) {
    // A string of the expression language, in a string of JSON.
    const literal = JSON.stringify(JSON.stringify(answer)).slice(1, -1);
    text = text.replace(pattern, () => literal);
  }
  return JSON.parse(text) as Synthesized;
}
