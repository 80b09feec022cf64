#!/bin/sh
# Builds `otelcol`, an OpenTelemetry Collector of its core's parts, from Debian's source packages, for the tests
# that want a real one: scripts/collector/build.sh <folder>, then put the folder before the PATH.
#
# Needs apt-get and dpkg-deb, and neither root nor Go: all lies in <folder>/work, which may be deleted afterwards.
# The mirror is the one that apt has for Debian (or AEGIS_DEBIAN_MIRROR), the suite sid (or AEGIS_DEBIAN_SUITE):
# no stable release has these packages yet. About 350 MB are fetched and 3 GB laid out; two cores need four minutes.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${1:?usage: scripts/collector/build.sh <folder>}"
out=$(cd "$1" && pwd)
work=$out/work
suite=${AEGIS_DEBIAN_SUITE:-sid}
mirror=${AEGIS_DEBIAN_MIRROR:-$(apt-get indextargets --format '$(SITE)' 'Label: Debian' | head -n 1)}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

mkdir -p "$work/apt/lists/partial" "$work/apt/archives/partial" "$work/go/src/otelcol"
: > "$work/apt/status"
echo "deb [signed-by=$keyring] ${mirror:?apt knows no mirror of Debian: set AEGIS_DEBIAN_MIRROR} $suite main" \
  > "$work/apt/sources.list"
# a root of its own: nothing is installed, and what the system has installed is not asked
private() {
  apt-get -qq -o APT::Sandbox::User="$(id -un)" -o Debug::NoLocking=1 \
    -o Dir::Etc::SourceList="$work/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::State::Lists="$work/apt/lists" -o Dir::State::Status="$work/apt/status" \
    -o Dir::Cache="$work/apt" -o Dir::Cache::Archives="$work/apt/archives" "$@"
}
private update
private install --download-only --yes --no-install-recommends golang-opentelemetry-collector-dev golang-go
for package in "$work"/apt/archives/golang-*.deb; do
  dpkg-deb --extract "$package" "$work/root"
done

# Debian's Go packages lie as one GOPATH; nothing is fetched that they do not bring
cp "$here/main.go" "$work/go/src/otelcol/"
cd "$work/go/src/otelcol"
go=$(find "$work/root/usr/lib" -path '*/bin/go' | head -n 1)
GO111MODULE=off GOPATH="$work/go:$work/root/usr/share/gocode" GOROOT="$(dirname "$(dirname "$go")")" \
  GOCACHE="$work/cache" GOTOOLCHAIN=local GOFLAGS= CGO_ENABLED=0 \
  "$go" build -ldflags '-s -w' -o "$out/otelcol" .
"$out/otelcol" --version
