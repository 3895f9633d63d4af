#!/bin/sh
# Terraform as cdktf is to call it (TERRAFORM_BINARY_NAME): when a signal ends Terraform, as the kernel does
# when memory runs out, cdktf sees status 0 and takes a half-done apply for a success. A shell has status
# 128 and the signal's number. Not `exec`, which would put Terraform in the shell's place.

# A debug log prints the bodies of requests, the GitHub token among them; .env and a build's variables can ask for one.
logs=$(awk 'BEGIN { for (name in ENVIRON) if (name ~ /^TF_LOG/ && name != "TF_LOG_PATH" && toupper(ENVIRON[name]) !~ /^(OFF|ERROR|WARN|INFO)?$/) print name }') || exit 1
if [ -n "$logs" ]; then
  echo "$logs: a debug log of Terraform prints secrets. Unset it, or use TF_LOG=INFO." >&2
  exit 1
fi
terraform "$@"
exit $?
