# Refuses logs that print secrets, which a build's variables can turn on. Source it first: `. buildspecs/debug-logs.sh`
# A debug log prints the bodies of requests, the GitHub token among them, or their headers with the role's session.
# tasks/debug-logs.mjs says which logs those are, and refuses them on a workstation.
secret_logs() {
  awk 'BEGIN {
    for (name in ENVIRON) {
      value = tolower(ENVIRON[name])
      quiet = value ~ /^(off|error|warn|info)?$/
      if (name ~ /^TF_LOG/ && name != "TF_LOG_PATH" && !quiet) print name
      if (name == "CDKTF_LOG_LEVEL" && !quiet) print name
      if (name ~ /^NODE_DEBUG(_NATIVE)?$/ && value != "") print name
      if (name ~ /^(GIT_TRACE_CURL|GIT_CURL_VERBOSE)$/ && value !~ /^(0|false)?$/) print name
    }
  }'
}

logs=$(secret_logs) || return 1
if [ -n "$logs" ]; then
  echo "$logs: a log of this kind prints secrets. Unset it, or use TF_LOG=INFO." >&2
  return 1
fi
