# The local hub of scripts/run: its keys, its certificate, its httpd.
# Expects the settings that scripts/run reads from its command line: port, mpm, tls, dev, origins.
# shellcheck shell=bash disable=SC2034,SC2154

readonly httpd_program=/usr/sbin/apache2
readonly httpd_modules=/usr/lib/apache2/modules
readonly dev_secret='!ChangeThisMercureHubJWTSecretKey!'
readonly token_lifetime=604800

state=$root/.run
tls_dir=$state/tls
httpd=   # process id while httpd runs
follower= # of the process that shows the error log
page_dir=

prepare_hub() {
  # A configuration file of httpd can quote blanks, but not these.
  [[ $root != *[\"\\\$$'\n']* ]] ||
    die "the checkout's path holds a double quote, a backslash, a dollar or a line end: $root"
  run_dir=$state/$port
  error_log=$run_dir/logs/error.log
  mkdir -p "$run_dir/logs" || die "cannot write to $state"
  [[ -O $run_dir ]] || die "$run_dir belongs to another user" "run this as that user, or remove $state"

  if ((dev)); then make_dev_keys; else make_keys; fi
  scheme=http curl_tls=()
  if ((tls)); then
    make_certificate
    scheme=https curl_tls=(--cacert "$tls_dir/localhost.crt")
  fi
  page_url=$scheme://localhost:$port/
  hub_url=${page_url}.well-known/mercure
  publisher_token=$("$root/scripts/token" --key "$keys_dir/publisher.key" --publish '*' --expires-in $token_lifetime)
  subscriber_token=$("$root/scripts/token" --key "$keys_dir/subscriber.key" --subscribe '*' --expires-in $token_lifetime)
  copy_page
  choose_history
  write_config
}

# Random keys, made once and kept: tokens go on working from one run to the next.
make_keys() {
  local role
  keys_dir=$state/keys
  mkdir -p "$keys_dir"
  for role in publisher subscriber; do
    [[ -s $keys_dir/$role.key ]] || (umask 077 && openssl rand -hex 32 >"$keys_dir/$role.key")
    [[ -r $keys_dir/$role.key ]] || die "$keys_dir/$role.key cannot be read" "run this as its owner, or remove $state"
  done
}

# The key that the protocol's tutorials use: known to everybody, hence for development only.
make_dev_keys() {
  local role
  keys_dir=$state/dev-keys
  mkdir -p "$keys_dir"
  for role in publisher subscriber; do
    (umask 077 && printf '%s\n' "$dev_secret" >"$keys_dir/$role.key")
  done
}

make_certificate() {
  mkdir -p "$tls_dir"
  openssl x509 -in "$tls_dir/localhost.crt" -noout -checkend 86400 >/dev/null 2>&1 && return
  step "Making a self-signed certificate for localhost"
  (umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -addext extendedKeyUsage=serverAuth \
    -addext basicConstraints=critical,CA:FALSE \
    -keyout "$tls_dir/localhost.key" -out "$tls_dir/localhost.crt" 2>"$tls_dir/openssl.log") ||
    die "openssl could not make a certificate" "$(cat "$tls_dir/openssl.log")"
  chmod 644 "$tls_dir/localhost.crt"
}

# httpd's children, www-data when root starts it, must reach the page wherever the checkout lies.
copy_page() {
  page_dir=$(mktemp -d /tmp/mod_mercure.XXXXXXXXXX)
  chmod 755 "$page_dir"
  cp "$root"/conf/page/* "$page_dir/"
  printf '{"publisher": "%s", "subscriber": "%s"}\n' "$publisher_token" "$subscriber_token" >"$page_dir/config.json"
}

# Kept from one run to the next, but not by root, whose children of httpd may not reach the checkout.
choose_history() {
  history_dir=$run_dir/history
  ((EUID)) || history_dir=$page_dir/history
}

write_config() {
  {
    printf 'Define %s "%s"\n' RUN_DIR "$run_dir" PAGE_DIR "$page_dir" HISTORY_DIR "$history_dir" KEYS_DIR "$keys_dir" TLS_DIR "$tls_dir" \
      HTTPD_MODULES "$httpd_modules" MERCURE_MODULE "$root/build/mod_mercure.so" \
      PORT "$port" MPM "$mpm" ORIGINS "${origins[*]}"
    ((EUID)) || echo 'Define AS_ROOT'
    ((!tls)) || echo 'Define TLS'
    ((!dev)) || echo 'Define DEV'
    printf 'Include "%s"\n' "$root/conf/run/httpd.conf"
  } >"$run_dir/httpd.conf"
}

start_hub() {
  rm -f "$run_dir/httpd.pid"
  : >"$error_log"
  "$httpd_program" -t -f "$run_dir/httpd.conf" >"$run_dir/configtest" 2>&1 ||
    die "httpd refuses its configuration:" "$(cat "$run_dir/configtest")"
  # In a session of its own: a terminal that is resized sends SIGWINCH, which httpd takes for graceful-stop.
  setsid "$httpd_program" -DFOREGROUND -f "$run_dir/httpd.conf" &
  httpd=$!
  local deadline=$((SECONDS + 60))
  until fetch --max-time 5 --fail --output /dev/null "$page_url"; do
    is_running || fail_with_log "httpd ended while it started"
    ((SECONDS < deadline)) || fail_with_log "httpd does not answer at $page_url"
    sleep 0.1
  done
}

# curl against the local server, whatever proxy the environment names.
fetch() { curl --silent --noproxy '*' "${curl_tls[@]}" "$@"; }

is_running() { kill -0 "$httpd" 2>/dev/null; }

# Shows the error log as it grows, with the reason for each 401.
follow_log() {
  tail --pid="$httpd" --lines=+1 --follow "$error_log" &
  follower=$!
}

stop_hub() {
  local deadline=$((SECONDS + 20))
  [[ -z $page_dir ]] || rm -rf "$page_dir"
  [[ -z $follower ]] || kill "$follower" 2>/dev/null || true
  if [[ -n $httpd ]] && is_running; then
    kill -TERM "$httpd" || true
    while is_running && ((SECONDS < deadline)); do sleep 0.05; done
    if is_running; then
      note "httpd did not stop within 20 seconds: killing it"
      kill -KILL -- "-$httpd" || true
    fi
  fi
}

fail_with_log() {
  [[ -s $error_log ]] || die "$1"
  die "$1" "the end of $error_log:" "$(tail -n 20 "$error_log")"
}

port_is_used() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }
