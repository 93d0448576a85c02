#!/bin/sh
# Makes sure that there is a browser for tests/browser: Chromium from the system's packages.
# Where it cannot be had, those tests are skipped with a reason; under CI=true they fail.
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing Chromium for the browser tests"
    apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null && exit 0
fi
echo "no Chromium was found and none could be installed: the browser tests need one" >&2
[ "${CI:-}" != true ]
