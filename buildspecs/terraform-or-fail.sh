#!/bin/sh
# Terraform as cdktf is to call it (TERRAFORM_BINARY_NAME): when a signal ends Terraform, as the kernel does
# when memory runs out, cdktf sees status 0 and takes a half-done apply for a success. A shell has status
# 128 and the signal's number. Not `exec`, which would put Terraform in the shell's place.
terraform "$@"
exit $?
