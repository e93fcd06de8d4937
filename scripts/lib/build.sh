# How the tree is configured and built.
# shellcheck shell=bash

# Configures a build directory and builds targets in it: build_targets DIRECTORY "TARGET…" [CMAKE OPTION…].
build_targets() {
  local directory=$1 targets=$2
  shift 2
  step "Building in ${directory#"$root"/}"
  cmake -S "$root" -B "$directory" -G Ninja --log-level=WARNING "$@" ||
    die "CMake could not configure the build: the first error above says what is missing"
  # shellcheck disable=SC2086 # several targets in one word
  cmake --build "$directory" --target $targets || die "the build failed: the first error above says where"
}
