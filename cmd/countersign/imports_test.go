package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/countersign/countersign/"

// house lists, for each room, all that it may import of ours. Imports point
// down only. "verify/*" stands for every room below verify.
var house = map[string]string{
	"cmd/countersign":             "*",
	"site":                        "advisories advisories/markdown advisories/exchange/* advisories/cvss advisories/cwe advisories/finding site/feed templates verify/keyring verify/statement",
	"verify":                      "advisories advisories/finding verify/*",
	"advisories/workflow":         "advisories advisories/finding",
	"advisories/lint":             "advisories advisories/cvss advisories/cwe advisories/markdown advisories/finding",
	"advisories/exchange":         "advisories advisories/exchange/*",
	"advisories/exchange/csaf":    "advisories advisories/cvss advisories/cwe advisories/exchange/record advisories/exchange/tree",
	"advisories/exchange/cve":     "advisories advisories/cvss advisories/cwe advisories/exchange/record advisories/exchange/tree",
	"advisories/exchange/openvex": "advisories advisories/exchange/record advisories/exchange/tree",
	"advisories/exchange/osv":     "advisories advisories/cvss advisories/exchange/record advisories/exchange/tree",
	"advisories/exchange/ghsa":    "advisories/exchange/record advisories/exchange/tree",
	"advisories/exchange/foreign": "advisories/exchange/record advisories/exchange/tree",
	"advisories/exchange/record":  "advisories",
	"advisories/exchange/tree":    "advisories",
	"advisories":                  "advisories/markdown advisories/finding",
	"advisories/report":           "advisories/finding",
	"advisories/markdown":         "advisories/finding",
	"advisories/cvss":             "", // vectors and scores
	"advisories/cwe":              "", // names of weaknesses
	"advisories/finding":          "",
	"verify/signature":            "verify/keyring",
	"verify/statement":            "",
	"verify/gitrepo":              "",
	"verify/pkgfile":              "",
	"verify/patch":                "",
	"verify/keyring":              "",
	"verify/verifytest":           "advisories advisories/finding verify/*", // helpers of tests
	"site/feed":                   "",
	"templates":                   "",
}

// doors names, for each library, the rooms that may know it. Every direct
// requirement of go.mod stands here: a new one is asked for like a new room.
var doors = map[string]string{
	"github.com/adrg/frontmatter":                       "advisories",
	"go.yaml.in/yaml/v4":                                "advisories",
	"github.com/Masterminds/semver/v3":                  "advisories",
	"github.com/google/jsonschema-go":                   "advisories",
	"github.com/pandatix/go-cvss":                       "advisories/cvss",
	"github.com/BurntSushi/toml":                        "advisories/exchange/tree",
	"github.com/yuin/goldmark":                          "advisories/markdown",
	"github.com/alecthomas/chroma/v2":                   "advisories/markdown",
	"golang.org/x/tools":                                "advisories advisories/lint", // txtar, the form of examples
	"github.com/urfave/cli/v2":                          "cmd/countersign",
	"github.com/ProtonMail/go-crypto":                   "verify/keyring verify/signature",
	"golang.org/x/crypto":                               "verify/keyring verify/signature", // SSH keys
	"github.com/hiddeco/sshsig":                         "verify/signature",
	"github.com/digitorus/pkcs7":                        "verify/signature",
	"github.com/sigstore/sigstore-go":                   "verify/signature",
	"github.com/sigstore/sigstore":                      "verify/signature", // signatures by bare keys
	"github.com/sigstore/protobuf-specs":                "verify/signature",
	"google.golang.org/protobuf":                        "verify/signature",
	"github.com/secure-systems-lab/go-securesystemslib": "verify/statement",
	"github.com/bluekeyes/go-gitdiff":                   "verify/patch",
	"github.com/klauspost/compress":                     "verify/pkgfile verify/gitrepo", // gitrepo: twice as fast as the standard library on packs
	"github.com/ulikunitz/xz":                           "verify/pkgfile",
	"golang.org/x/text":                                 "verify/pkgfile",
	"github.com/pjbgf/sha1cd":                           "verify/gitrepo verify/pkgfile", // SHA-1 that notices collision attacks
	"golang.org/x/term":                                 "cmd/countersign",               // how wide the screen is
	"golang.org/x/sys":                                  "site",                          // switching two folders in one step
}

// onlyTests are the libraries that no program file imports.
var onlyTests = []string{
	"github.com/google/go-cmp",
	"github.com/rogpeppe/go-internal",
	"github.com/santhosh-tekuri/jsonschema/v6",
	"golang.org/x/net",
}

// outside lists the packages of the standard library that reach for the world,
// and the rooms that may use them.
var outside = map[string]string{
	"os/exec":   "verify/gitrepo verify/verifytest cmd/countersign", // cmd: the demo makes a repository
	"net":       "cmd/countersign",
	"net/http":  "cmd/countersign",
	"os":        "cmd/countersign verify/gitrepo verify/verifytest verify/patch site", // patch: a file mode's type; site: the folder that a site is switched in
	"os/signal": "cmd/countersign",
	"unsafe":    "advisories", // a document's bytes read as a string, without a copy
}

type sourceFile struct {
	room  string
	path  string
	test  bool
	tree  *ast.File
	paths []string
}

func TestImportsPointDown(t *testing.T) {
	for _, file := range sources(t) {
		if file.test {
			continue
		}
		allowed, ok := lookupRoom(house, file.room)
		if !ok {
			t.Errorf("%s: the room %q is not in the house: add it to the table, and say why", file.path, file.room)
			continue
		}
		for _, imported := range file.paths {
			if ours, is := strings.CutPrefix(imported, module); is && !allows(allowed, ours) {
				t.Errorf("%s: %s may not import %s", file.path, file.room, ours)
			}
		}
	}
}

func TestLibrariesHaveOneDoor(t *testing.T) {
	for _, file := range sources(t) {
		for _, imported := range file.paths {
			if strings.HasPrefix(imported, module) {
				continue
			}
			if rooms, known := outside[imported]; known && !file.test && !allows(rooms, file.room) {
				t.Errorf("%s: %s may not import %q; it belongs to: %s", file.path, file.room, imported, rooms)
			}
			if !strings.Contains(strings.Split(imported, "/")[0], ".") || file.test {
				continue
			}
			if library, rooms := libraryOf(imported); library == "" {
				t.Errorf("%s: %q has no door in the table", file.path, imported)
			} else if !allows(rooms, file.room) {
				t.Errorf("%s: %s may not import %q; its door is: %s", file.path, file.room, imported, rooms)
			}
		}
	}
}

// The clock is read in cmd only; everything below is told what time it is.
func TestClockStaysOutside(t *testing.T) {
	for _, file := range sources(t) {
		if file.test || file.room == "cmd/countersign" || file.room == "verify/verifytest" {
			continue
		}
		ast.Inspect(file.tree, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Now" {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" {
					t.Errorf("%s: time.Now outside of cmd", file.path)
				}
			}
			return true
		})
	}
}

func TestDirectRequirements(t *testing.T) {
	text, err := exec.Command("go", "mod", "edit", "-json", "../../go.mod").Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal(text, &mod); err != nil {
		t.Fatal(err)
	}
	for _, r := range mod.Require {
		_, known := doors[r.Path]
		if !r.Indirect && !known && !slices.Contains(onlyTests, r.Path) {
			t.Errorf("go.mod: %s is a direct requirement without a door", r.Path)
		}
	}
}

// Every room teaches: a package comment in one of its files.
func TestRoomsHaveAComment(t *testing.T) {
	told := map[string]bool{}
	for _, file := range sources(t) {
		if !file.test {
			told[file.room] = told[file.room] || len(file.tree.Doc.Text()) > 80
		}
	}
	for room, ok := range told {
		if !ok {
			t.Errorf("%s has no package comment that says what it knows and what it does not", room)
		}
	}
}

func sources(t *testing.T) []sourceFile {
	t.Helper()
	root := filepath.Join("..", "..")
	var out []sourceFile
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || len(name) > 1 && d.Name()[0] == '.') {
			return fs.SkipDir
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		tree, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, parser.ParseComments)
		if err != nil {
			return err
		}
		file := sourceFile{room: path.Dir(name), path: name, test: strings.HasSuffix(name, "_test.go"), tree: tree}
		for _, spec := range tree.Imports {
			file.paths = append(file.paths, strings.Trim(spec.Path.Value, `"`))
		}
		out = append(out, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func lookupRoom(table map[string]string, room string) (string, bool) {
	if allowed, ok := table[room]; ok {
		return allowed, true
	}
	for name, allowed := range table {
		if within(name, room) {
			return allowed, true
		}
	}
	return "", false
}

func allows(list, room string) bool {
	for _, name := range strings.Fields(list) {
		if name == "*" || name == room || within(name, room) {
			return true
		}
	}
	return false
}

func within(pattern, room string) bool {
	above, is := strings.CutSuffix(pattern, "/*")
	return is && strings.HasPrefix(room, above+"/")
}

func libraryOf(imported string) (library, rooms string) {
	for name, rooms := range doors {
		if imported == name || strings.HasPrefix(imported, name+"/") {
			return name, rooms
		}
	}
	return "", ""
}
