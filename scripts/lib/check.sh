# scripts/run --check: two updates through the running hub, and who received which.
# shellcheck shell=bash disable=SC2154

check_hub() {
  local topic="https://example.com/check/$RANDOM$RANDOM" with_token=$run_dir/with-token anonymous=$run_dir/anonymous
  : >"$with_token" && : >"$anonymous"

  subscribe "$with_token" --header "Authorization: Bearer $subscriber_token"
  ((!dev)) || subscribe "$anonymous"
  await "the stream with a token to open" grep -qx : "$with_token"
  ((!dev)) || await "the anonymous stream to open" grep -qx : "$anonymous"

  publish --data-urlencode "data=a private update" --data private=on --data type=check
  publish --data-urlencode "data=a public update" --data type=check
  await "the public update to reach the subscriber with a token" grep -q 'data: a public update' "$with_token"
  ((!dev)) || await "the public update to reach the anonymous subscriber" grep -q 'data: a public update' "$anonymous"

  step "Received with a token"
  show "$with_token"
  grep -q 'data: a private update' "$with_token" || fail_with_log "the private update did not arrive"
  if ((dev)); then
    step "Received without a token"
    show "$anonymous"
    # Updates arrive in order: the public one is here, so the private one will not come.
    ! grep -q 'data: a private update' "$anonymous" || fail_with_log "the private update reached an anonymous subscriber"
  fi
  step "The hub works"
}

# Opens a stream into a file, in the background: it ends with the hub.
subscribe() {
  local file=$1
  shift
  fetch --no-buffer --max-time 60 --get --data-urlencode "topic=$topic" "$@" "$hub_url" >"$file" &
}

publish() {
  local answer status
  answer=$(fetch --max-time 10 --write-out '\n%{http_code}' --header "Authorization: Bearer $publisher_token" \
    --data-urlencode "topic=$topic" "$@" "$hub_url") || fail_with_log "publishing got no answer"
  status=${answer##*$'\n'}
  [[ $status == 200 ]] || fail_with_log "publishing was answered with status $status: ${answer%$'\n'*}"
  note "published ${answer%$'\n'*}"
}

# Waits until a command succeeds, ten seconds at most.
await() {
  local what=$1 deadline=$((SECONDS + 10))
  shift
  until "$@"; do
    is_running || fail_with_log "httpd ended"
    ((SECONDS < deadline)) || fail_with_log "waited ten seconds in vain for $what"
    sleep 0.05
  done
}

show() { sed 's/^/    /' "$1"; }
