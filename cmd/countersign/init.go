package main

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"
	"unicode"

	"github.com/urfave/cli/v2"

	"github.com/countersign/countersign/advisories"
	"github.com/countersign/countersign/advisories/exchange/record"
)

// scaffold is the security repository that init writes. Placeholders stand in
// [[ ]], because workflows use {{ }} themselves.
//
//go:embed all:scaffold
var scaffold embed.FS

func (p *program) initCommand() *cli.Command {
	return p.command(&cli.Command{
		Name:      "init",
		Category:  extras,
		Usage:     "scaffold a security repository, with CI workflows",
		ArgsUsage: "[DIR]",
		Description: "Files that exist are left as they are. Everything written is yours to change; nothing is\n" +
			"generated twice.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "name", Usage: "the project's `NAME` (default: the folder's)"},
			&cli.StringFlag{Name: "prefix", Usage: "advisory ids begin with `PREFIX` (default: the name in capitals)"},
			&cli.StringFlag{Name: "repo", Usage: "the product's git `URL`, for the workflows to clone"},
			&cli.StringFlag{Name: "contact", Usage: "where reports go: an `ADDRESS`"},
			&cli.StringFlag{Name: "site", Usage: "the site's future `URL`"},
			&cli.StringFlag{Name: "ci", Value: "github", Usage: "write workflows for `CI`: github, gitlab, shell (a script for any other) or none"},
		},
	}, initRepository)
}

// project is what the scaffold is filled from.
type project struct {
	Name, Product, ID, URL, Repo, Contact, Site, Title, Today, Install string
}

func initRepository(_ context.Context, s *session) error {
	dir := s.dir
	switch {
	case len(s.args) > 1:
		return fmt.Errorf("init: expected one folder, found %d", len(s.args))
	case len(s.args) == 1:
		dir = filepath.Join(s.dir, s.args[0])
		if filepath.IsAbs(s.args[0]) {
			dir = s.args[0]
		}
	}
	if _, err := os.Lstat(filepath.Join(dir, "countersign.yaml")); err == nil {
		return fmt.Errorf("%s is a security repository already: countersign.yaml is there", dir)
	}
	about, err := s.describeProject(dir)
	if err != nil {
		return err
	}
	files, err := scaffoldFiles(about, s.c.String("ci"))
	if err != nil {
		return err
	}
	for _, f := range files {
		name := filepath.Join(dir, filepath.FromSlash(f.name))
		if _, err := os.Lstat(name); err == nil {
			s.say("kept     %s", f.name)
			continue
		}
		if err := writeFile(name, f.data); err != nil {
			return err
		}
		s.say("written  %s", f.name)
	}
	s.say("\nNext: put the release signers' public keys into keys/, then `countersign new` and `countersign check`.\n" +
		"Keep this repository private: it holds what is not published yet.")
	return nil
}

var notInName = regexp.MustCompile(`[^a-z0-9]+`)

// describeProject fills what the flags leave out with what is plausible, to be
// changed in countersign.yaml.
func (s *session) describeProject(dir string) (*project, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	p := &project{Name: s.c.String("name"), Repo: s.c.String("repo"), Contact: s.c.String("contact"), Site: s.c.String("site"), Today: day(s.now), Install: installVersion()}
	if p.Name == "" {
		p.Name = filepath.Base(abs)
	}
	p.Product = strings.Trim(notInName.ReplaceAllString(strings.ToLower(p.Name), "-"), "-")
	if p.Product == "" {
		p.Product = "product"
	}
	prefix := s.c.String("prefix")
	if prefix == "" {
		prefix = strings.ToUpper(p.Product)
	}
	if strings.Trim(prefix, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return nil, fmt.Errorf("--prefix: expected letters, digits and \"-\", found %q", prefix)
	}
	p.ID = strings.TrimSuffix(prefix, "-") + "-{year}-{number:4}"
	p.Title = p.Name + " Security"
	host := p.Product + ".example"
	if p.Repo == "" {
		p.Repo = "https://git." + host + "/" + p.Product + ".git"
	}
	if p.Contact == "" {
		p.Contact = "security@" + host
	}
	if p.Site == "" {
		p.Site = "https://security." + host + "/"
	}
	p.URL = "https://" + host
	if strings.ContainsFunc(p.Repo, unicode.IsControl) || strings.Contains(p.Repo, "${{") {
		return nil, fmt.Errorf("--repo: expected an address that git can clone, found %q", p.Repo)
	}
	return p, nil
}

// pipelines names the scaffold's files that belong to one kind of CI.
var pipelines = map[string]string{"github": ".github/", "gitlab": "gitlab-ci.yml", "shell": "gates.sh", "none": "none/"}

// scaffoldFiles fills the scaffold for one kind of CI.
func scaffoldFiles(about *project, ci string) ([]outFile, error) {
	if pipelines[ci] == "" {
		return nil, fmt.Errorf("--ci: expected github, gitlab, shell or none, found %q", ci)
	}
	var out []outFile
	for _, folder := range []string{"advisories", "releases", "keys", "patches"} {
		out = append(out, outFile{name: folder + "/.gitkeep"})
	}
	schema, err := advisories.Schema("config")
	if err != nil {
		return nil, err
	}
	out = append(out, outFile{name: ".vscode/countersign.schema.json", data: schema})
	err = fs.WalkDir(scaffold, "scaffold", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := scaffold.ReadFile(name)
		if err != nil {
			return err
		}
		name = strings.TrimPrefix(name, "scaffold/")
		for kind, files := range pipelines {
			if kind != ci && strings.HasPrefix(name, files) {
				return nil
			}
		}
		switch name {
		case "gitlab-ci.yml", "gitignore", "gitattributes":
			name = "." + name
		}
		filled, err := fill(name, string(text), about)
		out = append(out, outFile{name: name, data: filled})
		return err
	})
	return out, err
}

func fill(name, text string, about *project) ([]byte, error) {
	funcs := template.FuncMap{
		"yaml": record.Quote,
		// readers of the site follow the address: another than of the web is for the workflows alone
		"public": func(url string) bool { return strings.HasPrefix(url, "https://") },
		"yamlList": func(address string) string {
			if !strings.Contains(address, ":") {
				address = "mailto:" + address
			}
			return "[" + record.Quote(address) + "]"
		},
		"shell": func(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" },
	}
	t, err := template.New(name).Delims("[[", "]]").Funcs(funcs).Parse(text)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, about)
	return out.Bytes(), err
}
