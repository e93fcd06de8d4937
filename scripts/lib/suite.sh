# The steps of scripts/test. Each adds to the counts; none stops the others.
# shellcheck shell=bash disable=SC2154

passed=0 failed=0 skipped=0
wrapper=() # what unit tests are run with
tidy=      # clang-tidy's process, while it runs
faults=()  # what failed, in words: said once more at the end, where the start of a long output is lost

pass() { passed=$((passed + 1)); }
fail() {
  failed=$((failed + 1)) faults+=("$1")
  printf '    FAILED: %s\n' "$*"
}

# Ends every run, whatever ended it, with what failed and the line of counts.
summarise() {
  local status=$?
  [[ -z $tidy ]] || kill "$tidy" 2>/dev/null || true
  ((status == 0 || failed)) || failed=1
  ((!${#faults[@]})) || printf 'FAILED: %s\n' "${faults[@]}"
  if ((skipped)); then
    echo "$passed passed, $failed failed, $skipped skipped"
  else
    echo "$passed passed, $failed failed"
  fi
}

# Runs a command as one test; its output is shown where it fails.
check() {
  local what=$1 log
  shift
  log=$(mktemp)
  note "$what"
  if "$@" >"$log" 2>&1; then pass; else
    tail -n 60 "$log"
    fail "$what"
  fi
  rm -f "$log"
}

lint() {
  step "Checking the sources"
  local sources scripts
  mapfile -t sources < <(find "$root/mod_mercure" "$root/tests" -name '*.cc' -o -name '*.h' -o -name '*.c' | sort)
  mapfile -t scripts < <(grep -rlE --include='*' '^#!/bin/bash|^# shellcheck shell=bash' "$root/scripts" "$root/.ci" | sort)
  check "the format (clang-format)" clang-format --dry-run -Werror "${sources[@]}"
  check "the scripts (shellcheck)" shellcheck --external-sources "${scripts[@]}"
}

# clang-tidy takes minutes, most of which the tests leave it while they wait for their servers.
begin_tidy() {
  nice -n 19 "$root/scripts/tidy" "$root/build" >"$root/build/tidy.log" 2>&1 &
  tidy=$!
}

end_tidy() {
  step "Checking the sources with clang-tidy, which began beside the tests"
  local status=0
  wait "$tidy" || status=$?
  tidy=
  cat "$root/build/tidy.log"
  if ((status == 0)); then pass; else fail "the sources (clang-tidy)"; fi
}

# Runs every unit test binary of a build directory: unit_tests DIRECTORY [CPPUTEST OPTION…].
unit_tests() {
  local directory=$1 binary found=0
  shift
  step "Unit tests in ${directory#"$root"/}"
  for binary in "$directory"/tests/unit/*_test; do
    [[ -x $binary ]] || continue
    found=1
    unit_test "$binary" "$@"
  done
  ((found)) || fail "no unit test was built in $directory"
}

# CppUTest ends with OK or Errors and, in brackets, its counts. A binary that crashes does not get there.
unit_test() {
  local binary=$1 name=${1##*/} log=${1}.log status=0 summary ran failures
  shift
  "${wrapper[@]}" timeout 900 "$binary" -v "$@" >"$log" 2>&1 || status=$?
  summary=$(grep -aE '^(OK|Errors) \(' "$log" | tail -n 1) || true
  [[ $summary =~ ([0-9]+)\ ran ]] && ran=${BASH_REMATCH[1]} || ran=0
  [[ $summary =~ ([0-9]+)\ failure ]] && failures=${BASH_REMATCH[1]} || failures=0
  if [[ $summary =~ ([0-9]+)\ ignored ]]; then skipped=$((skipped + BASH_REMATCH[1])); fi
  ((failures > ran)) && ran=$failures
  passed=$((passed + ran - failures)) failed=$((failed + failures))
  if ((status == 0)) && [[ $summary == OK* ]]; then
    note "$name: $ran passed"
    return
  fi
  # To CppUTest it is an error when no name fits; another room's, or an integration test's, may.
  if ((${#filters[@]})) && [[ $summary == *"ran nothing"* ]]; then
    note "$name: none of its names fits"
    return
  fi
  grep -aE -A 4 'error: Failure|runtime error|ERROR: |WARNING: ThreadSanitizer' "$log" | head -n 60 || true
  mapfile -t -O "${#faults[@]}" faults < <(grep -aE -A 2 'error: Failure' "$log" | tr -s '\n\t ' ' ' | sed 's/ -- /\n/g')
  # What a sanitizer found, or a crash, is no failed test that CppUTest has counted.
  ((failures)) || fail "$name ended with status $status; the end of $log:" "$(tail -n 15 "$log")"
  note "$name: $((ran - failures)) passed, $failures failed"
}

# Tries every input that is kept for the fuzz targets, each target as one test: replay_corpora DIRECTORY.
replay_corpora() {
  local directory=$1 binary name found=0
  step "Fuzz targets in ${directory#"$root"/}, with what is kept in tests/fuzz/corpus"
  for binary in "$directory"/tests/fuzz/replay_*; do
    [[ -x $binary && ! -d $binary ]] || continue
    found=1 name=${binary##*/replay_}
    fits "fuzz $name" || continue
    check "$name" timeout 300 "$binary" "$root/tests/fuzz/corpus/$name"
  done
  ((found)) || fail "no fuzz target was built in $directory"
}

# Whether one of the filters fits a test's name; all names fit when there is none.
fits() {
  local filter
  ((${#filters[@]})) || return 0
  for filter in "${filters[@]}"; do
    [[ $1 != *"$filter"* ]] || return 0
  done
  return 1
}

# Runs the tests against real httpd: integration_tests [PYTEST OPTION…].
integration_tests() {
  local report=$root/build/integration.xml status=0 counts
  step "Integration tests"
  rm -f "$report"
  # Several at once: most of the time a test waits for its server.
  (cd "$root" && /usr/bin/python3 -m pytest -q -rfE --tb=short -n "$((2 * $(nproc)))" --dist loadfile \
    --junitxml="$report" "$@" tests/integration) || status=$?
  if counts=$(/usr/bin/python3 "$root/scripts/lib/junit_counts.py" "$report"); then
    read -r ran faulty left_out <<<"$counts"
    passed=$((passed + ran)) failed=$((failed + faulty)) skipped=$((skipped + left_out))
    ((!faulty)) || faults+=("$faulty integration tests: see pytest's summary")
  fi
  # Status 1 is a failed test, counted by now; 5 is no test selected.
  case $status in
    0 | 1) [[ $counts ]] || fail "pytest left no report" ;;
    5) ((${#filters[@]})) || fail "pytest found no test" ;;
    *) fail "pytest ended with status $status" ;;
  esac
}
