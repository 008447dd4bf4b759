#!/usr/bin/env bash
# Installs the Debian packages that are named and missing. What is there is left as it is, so that a second run costs nothing.
set -euo pipefail

missing=()
for package in "$@"; do
	status="$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)"
	[ "$status" = installed ] || missing+=("$package")
done
[ "${#missing[@]}" -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
	as_root=(sudo --non-interactive)
fi
impossible() {
	echo "$1: install ${missing[*]} yourself (packages of Debian), and try again" >&2
	exit 1
}
command -v apt-get >/dev/null || impossible "there is no apt-get here"
[ "${#as_root[@]}" -eq 0 ] || sudo --non-interactive true 2>/dev/null || impossible "neither root nor sudo without a password"

echo "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
# Several targets may want packages at once; apt waits for its lock, but not for that of its lists.
options=(-o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -qq)
tries=0
until "${as_root[@]}" apt-get "${options[@]}" update; do
  tries=$((tries + 1))
  [ "$tries" -lt 5 ] || impossible "the list of packages cannot be read"
  sleep 20
done
"${as_root[@]}" apt-get "${options[@]}" install -y --no-install-recommends "${missing[@]}" || impossible "apt-get failed"
