#!/usr/bin/env bash
# install.sh NAME... : the servers and tools that tests and benchmarks run beside the product. A
# second call finds them present and does nothing.
#
# from Debian:
#   promtool                  checks /metrics                                (tests)
#   postgresql                the database sink                              (service tests)
#   nginx wrk etcd-server     peers and load                                 (benchmarks)
# by the recipe in the folder of that name, into $SERVICES_DIR (~/.cache/llmcfg-services):
#   node24                    the oldest Node that is supported              (tests)
#   openbao aws cloudfakes etcd          seconds to a minute                 (service tests)
#   consul kubernetes                    minutes: they are built             (service tests)
# groups:
#   tests  benchmarks  services
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || set -- tests benchmarks services

packages=()
recipes=()
want() {
  case $1 in
    tests) want promtool && want node24 ;;
    benchmarks) want nginx && want wrk && want etcd-server ;;
    services) for name in postgresql openbao aws cloudfakes etcd consul kubernetes; do want "$name"; done ;;
    promtool) packages+=(prometheus) ;;
    postgresql) packages+=(postgresql) ;;
    nginx) packages+=(nginx-light) ;;
    wrk) packages+=(wrk) ;;
    etcd-server) packages+=(etcd-server etcd-client) ;;
    node24 | openbao | aws | cloudfakes | etcd | consul | kubernetes) recipes+=("$1") ;;
    *)
      echo "unknown: $1 (see the head of $0)" >&2
      exit 2
      ;;
  esac
}
for name in "$@"; do want "$name"; done

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
[ ${#packages[@]} = 0 ] || dpkg-query -W -f='${Package} ${Version}\n' "${packages[@]}"
for recipe in "${recipes[@]}"; do bash "$here/$recipe/install.sh"; done
