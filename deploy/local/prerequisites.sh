#!/usr/bin/env bash
# What the local Kafka needs of the machine: Java 17 or newer to run, Maven to fetch its jars.
# Installs what is missing with apt-get where it may (root on Debian), and says so; elsewhere says in one line
# what to install and exits 3. Nothing of this is needed where DSR_KAFKA names a Kafka that runs already.
set -euo pipefail

has_java() {
  local java=${JAVA_HOME:+$JAVA_HOME/bin/}java version
  version=$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1) || return 1
  [ "${version:-0}" -ge 17 ] # the "1" of an old 1.8 is smaller, too
}
has_maven() { mvn -version >/dev/null 2>&1; }

missing() {
  local names=()
  has_java || names+=("Java 17 or newer")
  has_maven || names+=("Maven")
  case ${#names[@]} in
    0) ;;
    1) echo "${names[0]}" ;;
    *) echo "${names[0]} and ${names[1]}" ;;
  esac
}

wanted=$(missing)
[ -n "$wanted" ] || exit 0

if [ "$(id -u)" = 0 ] && [ -f /etc/debian_version ] && command -v apt-get >/dev/null; then
  echo "$wanted not found: installing with apt-get (openjdk-17-jre-headless, maven) …"
  mkdir -p var
  {
    apt-get update
    java=openjdk-17-jre-headless
    apt-cache show "$java" >/dev/null 2>&1 || java=default-jre-headless # Debian 13 ships 21 only
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$java" maven
  } >>var/setup.log 2>&1 || echo "apt-get failed: see var/setup.log." >&2
  wanted=$(missing)
  [ -n "$wanted" ] || exit 0
fi

echo "$wanted not found: install it (Debian: apt-get install openjdk-17-jre-headless maven)," \
  "or name a Kafka that runs already: DSR_KAFKA=host:port make …" >&2
exit 3
