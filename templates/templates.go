// Package templates holds the look of the site: HTML templates, one style sheet,
// one script and the icon. Every file can be replaced by one of the same name in
// a theme folder.
package templates

import "embed"

// FS holds the files by name: *.html are html/template files, the rest is
// copied into the site as it is.
//
//go:embed *.html *.css *.js *.svg
var FS embed.FS

// Messages holds the texts that go with the steps of the workflow:
// messages/STEP.txt are text/template files. They are no part of the site.
//
//go:embed messages/*.txt
var Messages embed.FS
