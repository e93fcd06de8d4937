# The one place that names Debian packages: what each step needs, and how the missing ones are installed.
# shellcheck shell=bash disable=SC2034,SC2154 # the lists are read through a nameref; common.sh sets root

packages_build=(
  g++ cmake ninja-build pkg-config
  apache2-dev libapr1-dev libaprutil1-dev libssl-dev libjwt-dev libjansson-dev libre2-dev libexpected-dev
  liblmdb-dev libxxhash-dev libcurl4-openssl-dev libicu-dev
)
# apache2-bin is the server without a service; package apache2 would start one on port 80.
packages_run=(apache2-bin curl openssl python3)
packages_test=(
  libcpputest-dev
  python3-pytest python3-pytest-xdist python3-cryptography python3-h2 python3-selenium chromium chromium-driver
  libnss3-tools libfaketime
  php-cli php-curl php-symfony-mercure php-symfony-http-client
  libapache2-mod-php libapache2-mod-security2
)
# Both may also be here without a package.
command -v node >/dev/null || packages_test+=(nodejs)
command -v npm >/dev/null || packages_test+=(npm)
# nchan is compared with if it is installed: its nginx would start a service on port 80.
packages_bench=(g++ libssl-dev)
packages_fuzz=(clang libclang-rt-dev llvm)
packages_lint=(clang-format clang-tidy shellcheck)

# Installs what is missing of the packages that the named steps need: build, run, test, bench, fuzz, lint.
install_packages() {
  local name wanted=() missing=()
  for name in "$@"; do
    local -n list="packages_$name"
    wanted+=("${list[@]}")
  done
  for name in "${wanted[@]}"; do
    is_installed "$name" || changes_the_site "$name" || missing+=("$name")
  done
  ((${#missing[@]})) || return 0

  ((EUID == 0)) || command -v sudo >/dev/null ||
    die "packages are missing and there is no sudo to install them; as root:" "apt-get install ${missing[*]}"
  step "Installing: ${missing[*]}"
  apt_get update || note "apt-get update failed; going on with the package lists as they are"
  apt_get install --yes --no-install-recommends "${missing[@]}" ||
    die "apt-get could not install what is missing (its own words are above)"
}

is_installed() { [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

# Beside package apache2, a module's package enables itself in the machine's own server, mod_php even swaps
# that server's MPM. A test suite has no business there: tests that need the module are skipped.
changes_the_site() {
  [[ $1 == libapache2-mod-* ]] && is_installed apache2 || return 1
  note "package apache2 is installed: leaving $1 out, since it would change that server"
}

# Runs apt-get as root: one line for each tenth of the way, and its own output where it fails.
apt_get() {
  local as_root=() log status=0
  ((EUID == 0)) || as_root=(sudo)
  log=$(mktemp)
  # sudo passes no descriptor but the first three, and what apt reports on must not be what dpkg prints on:
  # apt makes it non-blocking, and packages' scripts fail where they cannot print.
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive sh -c 'exec apt-get "$@" 3>&1 1>&2' apt-get \
    -q -o APT::Status-Fd=3 -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@" 2>"$log" </dev/null |
    apt_progress "$1" || status=$?
  ((status == 0)) || tail -n 30 "$log" >&2
  rm -f "$log"
  return "$status"
}

apt_progress() {
  local kind percent tenth shown=''
  # A line is KIND:PACKAGE:PERCENT:WORDS.
  while IFS=: read -r kind _ percent _; do
    case $kind in
      dlstatus) kind=downloading ;;
      pmstatus) kind=installing ;;
      *) continue ;;
    esac
    percent=${percent%%.*} tenth="$kind ${percent%?}"
    [[ $1 == install && $tenth != "$shown" ]] || continue
    shown=$tenth
    note "$kind: $percent %"
  done
}

# Tests of an installation need the files of package apache2, which would start a service where it is installed:
# unpacks them into build/debian-apache2, once.
unpack_debian_apache() {
  local directory=$root/build/debian-apache2 fresh log
  [[ ! -d $directory ]] || return 0
  step "Unpacking package apache2, without installing it, into build/debian-apache2"
  fresh=$(mktemp -d "$directory.XXXXXXXXXX")
  if log=$(download_package apache2 "$fresh" 2>&1); then
    dpkg-deb --extract "$fresh"/apache2_*.deb "$fresh/files"
    mv --no-target-directory "$fresh/files" "$directory"
  else
    note "it could not be downloaded, so tests of the installation will fail:" && printf '%s\n' "$log"
  fi
  rm -rf "$fresh"
}

# download_package NAME DIRECTORY
download_package() (
  cd "$2" || exit
  # The user that apt downloads as otherwise may not write here.
  download=(apt-get -q -o APT::Sandbox::User=root download "$1")
  "${download[@]}" || { apt_get update && "${download[@]}"; }
)
