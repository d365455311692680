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
