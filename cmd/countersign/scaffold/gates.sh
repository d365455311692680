#!/bin/sh
# The three gates for any CI, and for your own machine. The exit code decides:
# 0 go on, 1 findings or a refuted fix, 2 wrong usage, 3 could not be checked.
#
#   sh gates.sh check [BASE]                gate 1; BASE is the revision to compare with
#   sh gates.sh verify VERSION [PACKAGES]   gate 2, before anything is published
#   sh gates.sh site [OUT]                  gate 3
set -eu
here=$(dirname "$0")

if ! command -v countersign >/dev/null; then
	go install github.com/countersign/countersign/cmd/countersign@[[.Install]]
	PATH=$PATH:$(go env GOPATH)/bin
fi

case ${1:-} in
check)
	countersign -C "$here" check --also sarif=check.sarif ${2:+--base "$2"}
	;;
verify)
	clone=$here/.countersign/[[.Product]]
	if [ -d "$clone" ]; then git -C "$clone" fetch --quiet --tags; else git clone --quiet --no-checkout -- [[shell .Repo]] "$clone"; fi
	countersign -C "$here" verify --repo [[.Product]]="$clone" --packages "${3:-packages}" \
		--also markdown=summary.md --output verification.json -- "${2:?the version is missing}"
	;;
site)
	countersign -C "$here" site build --out "${2:-public}"
	;;
*)
	echo "expected check, verify or site, found \"${1:-}\"" >&2
	exit 2
	;;
esac
