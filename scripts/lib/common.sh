# Sourced by every script: strict mode, the checkout's directory, and how a script speaks.
# shellcheck shell=bash disable=SC2034 # root is used by whoever sources this
set -euo pipefail
umask 022

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)

step() { printf '==> %s\n' "$*"; }
note() { printf '    %s\n' "$*"; }

die() {
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  shift
  (($# == 0)) || printf '%s\n' "$@" | sed 's/^/  /' >&2
  exit 1
}

usage_error() { die "$1" "scripts/${0##*/} --help shows how it is used"; }
