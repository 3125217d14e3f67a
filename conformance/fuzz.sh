#!/usr/bin/env bash
# Runs every fuzz target of the repository for the given time each (default 10s).
set -euo pipefail
cd "$(dirname "$0")/.."
time="${1:-10s}"
for package in $(go list ./...); do
  dir=$(go list -f '{{.Dir}}' "$package")
  for target in $(grep -hoE '^func Fuzz[A-Za-z0-9_]+' "$dir"/*_test.go 2>/dev/null | awk '{print $2}'); do
    echo "fuzz $package $target"
    go test -run '^$' -fuzz "^${target}\$" -fuzztime "$time" "$package"
  done
done
