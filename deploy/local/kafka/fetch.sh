#!/usr/bin/env bash
# Fetch Apache Kafka's jars, as deploy/local/kafka/pom.xml names them, into var/kafka/libs.
# Checksums that do not match end it (-C). MAVEN_OPTS=-Dmaven.repo.local=… uses another Maven cache.
set -euo pipefail

new=var/kafka/libs.new
rm -rf "$new"
mvn -B -C -ntp -f deploy/local/kafka/pom.xml dependency:copy-dependencies \
  -DincludeScope=runtime -DoutputDirectory="$PWD/$new"
rm -rf var/kafka/libs
mv "$new" var/kafka/libs
