# Puts Terraform of the version in .terraform-version on the PATH, with a plugin cache of this build's own. To be
# sourced: `. buildspecs/terraform.sh`
# The one that is there is taken when its version is right, as on a workstation; otherwise it is downloaded and
# checked against buildspecs/terraform.sha256, so that nothing on the way can replace it.

use_terraform() {
  version=$(cat .terraform-version) || return 1
  found=$(terraform version 2>/dev/null) || found=none
  case "$found
" in
    "Terraform v$version
"*) return 0 ;;
  esac
  system=$(uname -s) || return 1
  machine=$(uname -m) || return 1
  case "$system-$machine" in
    Linux-x86_64) platform=linux_amd64 ;;
    Linux-aarch64) platform=linux_arm64 ;;
    Darwin-x86_64) platform=darwin_amd64 ;;
    Darwin-arm64) platform=darwin_arm64 ;;
    *) echo "No Terraform is known for $system on $machine: put Terraform $version on the PATH." >&2; return 1 ;;
  esac
  file="terraform_${version}_${platform}.zip"
  folder=$(mktemp -d) || return 1
  curl --fail --silent --show-error --location --output "$folder/$file" \
    "https://releases.hashicorp.com/terraform/$version/$file" || return 1
  # Linux has sha256sum, macOS shasum.
  sum=$(sha256sum "$folder/$file" 2>/dev/null) || sum=$(shasum -a 256 "$folder/$file") || return 1
  if ! grep -q "^${sum%% *}  $file\$" buildspecs/terraform.sha256; then
    echo "$file is not the one in buildspecs/terraform.sha256: it is not used." >&2
    return 1
  fi
  unzip -q "$folder/$file" terraform -d "$folder" || return 1
  export PATH="$folder:$PATH"
}

# cdktf calls Terraform by this name. CodePipeline's GitHub source drops executable bits, so the copy gets one.
# A name without a path: cdktf and its matchers run it without quotes, and the folder can have a space in its name.
use_terraform_or_fail() {
  programs=$(mktemp -d) || return 1
  cp buildspecs/terraform-or-fail.sh "$programs/terraform-or-fail" || return 1
  chmod +x "$programs/terraform-or-fail" || return 1
  export PATH="$programs:$PATH" TERRAFORM_BINARY_NAME=terraform-or-fail
}

# Each `terraform init` downloads and unpacks its providers (707 MB for that of AWS), unless they are in a cache:
# https://developer.hashicorp.com/terraform/cli/config/config-file#provider-plugin-cache
# No other build can have written this one. Terraform still compares what it finds in it with the lock file.
use_plugin_cache() {
  if [ -n "${TF_PLUGIN_CACHE_DIR:-}" ]; then return 0; fi
  cache=$(mktemp -d) || return 1
  export TF_PLUGIN_CACHE_DIR="$cache"
}

use_terraform || return 1
use_terraform_or_fail || return 1
use_plugin_cache || return 1
