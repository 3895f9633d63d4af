/**
 * Log settings that would print secrets: the bodies of requests (the GitHub token is in GetSecretValue's answer and in
 * UpdatePipeline's request), or their headers. No redaction can be relied on: the AWS provider masks some fields of
 * some operations only. Terraform logs bodies from DEBUG on, and takes a level it does not know for TRACE:
 * https://developer.hashicorp.com/terraform/internals/debugging
 */
const QUIET = /^(off|error|warn|info)?$/i;

/** What is refused, by the names of variables, and which of their values are not. */
const LOGS = [
  [/^TF_LOG(_(?!PATH$).*)?$/, QUIET],
  // cdktf passes these on, or prints how it calls Terraform, environment included.
  [/^CDKTF_LOG_LEVEL$/, QUIET],
  // Node.js: http and tls print headers and bodies.
  [/^NODE_DEBUG(_NATIVE)?$/, /^$/],
  // git prints the header it authenticates with.
  [/^(GIT_TRACE_CURL|GIT_CURL_VERBOSE)$/, /^(0|false)?$/i],
];

/**
 * The variables that raise a log to where it prints secrets.
 * @param {NodeJS.ProcessEnv} env
 * @returns {string[]}
 */
function secretLogs(env) {
  return Object.keys(env)
    .filter((name) => LOGS.some(([names, quiet]) => names.test(name) && !quiet.test(env[name] ?? "")))
    .sort();
}

/**
 * Why nothing is started with these variables, and how to debug without them; undefined when there are none.
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined}
 */
function refusalOfSecretLogs(env) {
  const names = secretLogs(env);
  if (names.length === 0) return undefined;
  return `${names.join(", ")}: a log of this kind prints the GitHub token and other secrets, so nothing is run with it.
Unset it, or use TF_LOG=INFO. In the rehearsal (npm run rehearse -- --keep) every secret is generated: debug there,
with Terraform itself in the clone below .rehearsal, which no task starts.`;
}

module.exports = { refusalOfSecretLogs };
