#!/usr/bin/env bash
# install.sh [NAME...] : the servers and tools that tests and benchmarks run beside the product, from
# Debian's packages. Without a name: all of them. A second call finds them present and does nothing.
#   promtool  checks /metrics         (tests)
#   nginx wrk etcd   peers and load   (benchmarks)
set -euo pipefail
[ $# -gt 0 ] || set -- promtool nginx wrk etcd

packages=()
for name in "$@"; do
  case $name in
    promtool) packages+=(prometheus) ;;
    nginx) packages+=(nginx-light) ;;
    wrk) packages+=(wrk) ;;
    etcd) packages+=(etcd-server etcd-client) ;;
    *)
      echo "unknown: $name (known: promtool nginx wrk etcd)" >&2
      exit 2
      ;;
  esac
done

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null || true)
  [ "$status" = "ii " ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  sudo=$([ "$(id -u)" = 0 ] || echo sudo)
  $sudo apt-get update -qq >/dev/null
  # RUNLEVEL=1 keeps Debian from starting a server right after its package is unpacked.
  $sudo env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
dpkg-query -W -f='${Package} ${Version}\n' "${packages[@]}"
