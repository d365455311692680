#!/bin/sh
# Compares `countersign check` with OSV's own linter on the same records: a corpus
# of advisories, and the OSV documents that are exported of it.
#
#   go install github.com/ossf/osv-schema/linter/cmd/osv@latest    # or from a clone: tools/osv-linter
#   advisories/lint/testdata/bench.sh 10000 [path of osv]
#
# It prints wall time, processor time and peak memory of both, and how many times
# more records a second of processor time gate 1 judges. The linter runs its
# offline checks, in as many files at a time as there are processors. Figures of
# one run can be compared with each other, and with nothing else. WORK names a
# folder on a quiet disk or in memory.
set -eu

n=${1:?how many advisories}
osv=${2:-osv}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${WORK:-${TMPDIR:-/tmp}}/bench.XXXXXX")
trap 'rm -rf "$work"' EXIT

cd "$here/../../.."
go build -o "$work/countersign" ./cmd/countersign
CORPUS="$work/repo" ADVISORIES="$n" go test -count=1 -run '^TestWriteCorpus$' ./site >/dev/null
"$work/countersign" -C "$work/repo" export osv --drafts --output "$work/osv" >/dev/null 2>&1

# measure NAME COMMAND...: both programs exit 1 when they find something.
measure() {
	name=$1
	shift
	/usr/bin/time -o "$work/time" -f '%e s wall, %U s user, %S s system, %M KB' "$@" >"$work/log" 2>&1 || true
	line=$(tail -n 1 "$work/time")
	printf '%-28s %s\n' "$name" "$line"
	cpu=$(printf '%s' "$line" | awk '{print $4 + $7}')
}

measure "countersign check" "$work/countersign" -C "$work/repo" check
ours=$cpu
measure "osv record lint" "$osv" record lint --collection offline --parallel "$(nproc)" "$work/osv"
grep -q . "$work/log" && tail -n 1 "$work/log"
awk -v a="$ours" -v b="$cpu" -v n="$n" 'BEGIN {
	printf "records a second of processor time: %.0f and %.0f, %.1f times as many\n", n / a, n / b, b / a }'
