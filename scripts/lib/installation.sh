# What scripts/install and scripts/uninstall agree on: their arguments, and where Debian's Apache has things.
# shellcheck shell=bash disable=SC2034 # the places are used by whoever sources this

destination= # --root, without a slash at its end

read_root() {
  destination=$(realpath --canonicalize-missing -- "$1")
  destination=${destination%/}
}

locate() {
  [[ $destination ]] || ((EUID == 0)) ||
    die "only root may change what this machine's Apache loads" "sudo scripts/${0##*/}"
  # A root shell that su has opened may lack the directories with Apache's own commands.
  PATH=$PATH:/usr/sbin:/sbin

  apache=$destination/etc/apache2
  available=$apache/mods-available
  enabled=$apache/mods-enabled
  keys=$apache/mercure
  modules=$destination/usr/lib/apache2/modules
  programs=$destination/usr/sbin
  share=$destination/usr/share/mod_mercure
  state=$destination/var/lib/apache2/mercure
}
