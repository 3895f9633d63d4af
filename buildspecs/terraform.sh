# Puts Terraform of the version in .terraform-version on the PATH. To be sourced: `. buildspecs/terraform.sh`
# The one that is there is taken when its version is right, as on a laptop; otherwise it is downloaded and
# checked against buildspecs/terraform.sha256, so that nobody on the way can hand us another program.

use_terraform() {
  version=$(cat .terraform-version)
  if [ "$(terraform version 2>/dev/null | head -n 1)" = "Terraform v$version" ]; then
    return 0
  fi
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) platform=linux_amd64 ;;
    Linux-aarch64) platform=linux_arm64 ;;
    Darwin-x86_64) platform=darwin_amd64 ;;
    Darwin-arm64) platform=darwin_arm64 ;;
    *) echo "No Terraform is known for $(uname -s) on $(uname -m): put Terraform $version on the PATH." >&2; return 1 ;;
  esac
  file="terraform_${version}_${platform}.zip"
  folder=$(mktemp -d)
  curl --fail --silent --show-error --location --output "$folder/$file" \
    "https://releases.hashicorp.com/terraform/$version/$file" || return 1
  # Linux has sha256sum, macOS shasum.
  sum=$({ sha256sum "$folder/$file" || shasum -a 256 "$folder/$file"; } 2>/dev/null | cut -d ' ' -f 1)
  if ! grep -q "^$sum  $file\$" buildspecs/terraform.sha256; then
    echo "$file is not the one in buildspecs/terraform.sha256: it is not used." >&2
    return 1
  fi
  unzip -q "$folder/$file" terraform -d "$folder" || return 1
  export PATH="$folder:$PATH"
}

use_terraform || return 1
export TERRAFORM_BINARY_NAME="$PWD/buildspecs/terraform-or-fail.sh"
