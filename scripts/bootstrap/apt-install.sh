#!/bin/sh
# Installs Debian packages without starting the services they bring: this project runs private servers of its
# own. Usage: apt-install.sh PACKAGE… (as root)
set -eu
export DEBIAN_FRONTEND=noninteractive

# Debian asks this file before it starts a service. Ours says no for as long as this script lives; should the
# script be killed, what it leaves behind permits everything.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' INT TERM HUP
  printf '#!/bin/sh\nkill -0 %s 2>/dev/null && exit 101\nexit 0\n' "$$" >"$policy"
  chmod 755 "$policy"
fi

# Lock::Timeout: a machine that has just booted is often still busy with its own upgrades.
install() {
  apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confold "$@"
}

# The package lists of a fresh machine are empty or old, those of a used one mostly good enough.
install "$@" || { apt-get update -o DPkg::Lock::Timeout=120 && install "$@"; }

# Nor do they start with the machine the next time it boots. A service is called as its package is.
if [ -d /run/systemd/system ]; then
  for service in "$@"; do
    systemctl disable "$service" >/dev/null 2>&1 || true
  done
fi
