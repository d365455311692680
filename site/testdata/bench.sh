#!/bin/sh
# Compares `countersign site build` with Hugo on the same advisories and the same
# outputs: a page and an OSV document each, lists, feed, sitemap.
#
#   site/testdata/bench.sh 10000 [path of hugo]
#
# It prints wall time, processor time and peak memory of: each full build, a
# build with nothing changed, one with one advisory changed, and one of a fresh
# checkout (all times of files new). Figures of one run can be compared with each
# other, and with nothing else. WORK names a folder on a quiet disk or in memory.
set -eu

n=${1:?how many advisories}
hugo=${2:-hugo}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${WORK:-${TMPDIR:-/tmp}}/bench.XXXXXX")
trap 'rm -rf "$work"' EXIT

cd "$here/../.."
go build -o "$work/countersign" ./cmd/countersign
CORPUS="$work/repo" ADVISORIES="$n" go test -count=1 -run '^TestWriteCorpus$' ./site >/dev/null

measure() {
	name=$1
	shift
	/usr/bin/time -o "$work/time" -f '%e s wall, %U s user, %S s system, %M KB' "$@" >"$work/log" 2>&1 || {
		cat "$work/log"
		exit 1
	}
	printf '%-28s %s\n' "$name" "$(cat "$work/time")"
}

build() { measure "$1" "$work/countersign" -C "$work/repo" site build --out "$work/public" --formats osv; }

build "countersign, full"
sleep 3 # older than the last build by more than the clock's tick
build "countersign, nothing changed"
first=$(find "$work/repo/advisories" -name '*.md' | sort | head -n 1)
echo "One more sentence." >>"$first"
build "countersign, one changed"
find "$work/repo/advisories" -name '*.md' -exec touch {} +
build "countersign, fresh checkout"

command -v "$hugo" >/dev/null || {
	echo "hugo is not installed: give its path as the second argument"
	exit 0
}
mkdir -p "$work/hugo/layouts/_default" "$work/hugo/content"
cp -r "$work/repo/advisories" "$work/hugo/content/advisories"
cat >"$work/hugo/hugo.toml" <<'X'
baseURL = "https://security.lantern.example/"
title = "Lantern security"
disableAliases = true
disableKinds = ["404"]
[frontmatter]
date = ["modified"]
[taxonomies]
risk = "risk"
[pagination]
pagerSize = 50
[outputFormats.osv]
mediaType = "application/json"
baseName = "osv"
isPlainText = true
[outputs]
page = ["html", "osv"]
home = ["html", "rss"]
section = ["html", "rss"]
X
cat >"$work/hugo/layouts/_default/baseof.html" <<'X'
<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{{ .Title }}</title><link rel="stylesheet" href="/style.css"></head>
<body><header><nav><a href="/">{{ site.Title }}</a> <a href="/advisories/">Advisories</a></nav></header><main>{{ block "main" . }}{{ end }}</main></body></html>
X
cat >"$work/hugo/layouts/_default/single.html" <<'X'
{{ define "main" }}<h1>{{ .Title }}</h1><p>{{ .Params.risk }} risk · {{ .Params.id }}{{ range .Params.aliases }} · {{ . }}{{ end }}</p>
{{ range .Params.affected }}<p>{{ .product }}{{ range .ranges }} from {{ .introduced }}, before {{ .fixed }}{{ end }}</p>{{ end }}
{{ .Content }}
{{ range .Params.fixes }}<p>{{ .version }}{{ range .commits }} <a href="https://github.com/lantern/lantern/commit/{{ . }}">{{ . }}</a>{{ end }}</p>{{ end }}
<ul>{{ range .Params.cvss }}{{ range split . "/" }}<li>{{ . }}</li>{{ end }}{{ end }}</ul>
<ul>{{ range .Params.credits }}<li><a href="{{ .url }}">{{ .name }}</a> {{ .type }}</li>{{ end }}</ul>
<ul>{{ range .Params.references }}<li><a href="{{ .url }}">{{ .title }}</a> {{ .type }}</li>{{ end }}</ul>
<dl>{{ range $k, $v := .Params.timeline }}<dt>{{ $k }}</dt><dd>{{ $v }}</dd>{{ end }}</dl>{{ end }}
X
cat >"$work/hugo/layouts/_default/single.osv.json" <<'X'
{{ $affected := slice }}{{ range .Params.affected }}{{ range .ranges }}{{ $affected = $affected | append (dict "ranges" (slice (dict "type" "SEMVER" "events" (slice (dict "introduced" .introduced) (dict "fixed" .fixed))))) }}{{ end }}{{ end }}
{{ dict "schema_version" "1.7.0" "id" .Params.id "summary" .Title "details" .RawContent "modified" .Params.modified "published" .Params.timeline.published "aliases" .Params.aliases "affected" $affected "references" .Params.references "credits" .Params.credits | jsonify (dict "indent" "  ") }}
X
cat >"$work/hugo/layouts/_default/list.html" <<'X'
{{ define "main" }}<h1>{{ .Title }}</h1><ol>{{ range (.Paginate .RegularPagesRecursive).Pages }}<li><a href="{{ .RelPermalink }}">{{ .Title }}</a> {{ .Params.risk }} {{ .Params.id }} {{ .Date.Format "2006-01-02" }}</li>{{ end }}</ol>{{ with .Paginator }}{{ if .HasNext }}<a href="{{ .Next.URL }}">Older</a>{{ end }}{{ end }}{{ end }}
X
cd "$work/hugo"
measure "hugo, full" "$hugo" --quiet
echo "One more sentence." >>"content/${first#"$work/repo/"}"
measure "hugo, one changed" "$hugo" --quiet
