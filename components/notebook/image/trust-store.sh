#!/bin/sh
# Makes a Java trust store from a PEM bundle: `trust-store.sh BUNDLE STORE`, and beside STORE a file `options` with the JVM
# flags that use it. Without a bundle the flags are empty and Java trusts what the distribution trusts.
set -eu
bundle=$1 store=$2
directory=$(dirname "$store")
: > "$directory/options"
[ -s "$bundle" ] || exit 0

# One JVM imports all: keytool would need one start for each certificate. The class writes where Debian keeps its store,
# so the distribution's own is put back afterwards.
mkdir "$directory/pem"
awk -v out="$directory/pem/" '/-----BEGIN CERTIFICATE-----/ { n++ } n { print > (out n ".pem") }' "$bundle"
own=/etc/ssl/certs/java/cacerts
cp -p "$own" "$directory/own"
find "$directory/pem" -name '*.pem' | sed 's/^/+/' \
  | java -Xmx64m -jar /usr/share/ca-certificates-java/ca-certificates-java.jar -storepass changeit > /dev/null
cp "$own" "$store"
cp -p "$directory/own" "$own"
echo "-Djavax.net.ssl.trustStore=$store -Djavax.net.ssl.trustStorePassword=changeit" > "$directory/options"
