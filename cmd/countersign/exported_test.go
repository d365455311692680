package main

import (
	"go/ast"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// byInterface are methods that nobody names: the standard library and the libraries
// of the doors call them.
var byInterface = strings.Fields("Error String Unwrap Is As Read Write Close Open Stat ReadDir Name Size Mode ModTime IsDir Sys " +
	"Len Less Swap Push Pop MarshalJSON UnmarshalJSON MarshalYAML UnmarshalYAML RegisterFuncs Flush Buffered Sign KeyID Verify Public Seek")

// TestExportedNamesAreUsed: a function, a method or a variable that a room exports is
// named in another room, in an example, or in a template. Types and constants are
// left out: they hang together with what is named.
func TestExportedNamesAreUsed(t *testing.T) {
	inherited := map[string]bool{}
	for _, name := range byInterface {
		inherited[name] = true
	}
	// named[NAME] lists the rooms that say .NAME; an example counts as a room of its own.
	named := map[string]map[string]bool{}
	for _, file := range sources(t) {
		room := file.room
		if strings.HasSuffix(file.tree.Name.Name, "_test") {
			room += "_test"
		}
		ast.Inspect(file.tree, func(n ast.Node) bool {
			if i, ok := n.(*ast.InterfaceType); ok {
				for _, method := range i.Methods.List {
					for _, name := range method.Names {
						inherited[name.Name] = true
					}
				}
			}
			if s, ok := n.(*ast.SelectorExpr); ok {
				if named[s.Sel.Name] == nil {
					named[s.Sel.Name] = map[string]bool{}
				}
				named[s.Sel.Name][room] = true
			}
			return true
		})
	}
	inTemplates := templateText(t)
	for _, file := range sources(t) {
		if file.test || file.room == "cmd/countersign" || file.room == "verify/verifytest" {
			continue
		}
		for _, name := range exportedIn(file.tree) {
			used := inherited[name] || strings.Contains(inTemplates, "."+name)
			for room := range named[name] {
				used = used || room != file.room
			}
			if !used {
				t.Errorf("%s exports %s, and no other room, example or template names it", file.path, name)
			}
		}
	}
}

// exportedIn lists the functions, the methods and the variables that a file exports;
// a method only where its type is exported too.
func exportedIn(tree *ast.File) []string {
	var names []string
	for _, decl := range tree.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && (d.Recv == nil || ast.IsExported(receiver(d.Recv.List[0].Type))) {
				names = append(names, d.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if v, ok := spec.(*ast.ValueSpec); ok && d.Tok.String() == "var" {
					for _, name := range v.Names {
						if name.IsExported() {
							names = append(names, name.Name)
						}
					}
				}
			}
		}
	}
	return names
}

func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// templateText is all that templates say: of the site, of the messages, and of a
// team's own messages in the guides.
func templateText(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, pattern := range []string{"../../templates/*", "../../templates/*/*", "../../docs/*.md"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if text, err := os.ReadFile(file); err == nil && filepath.Ext(file) != ".go" {
				all.Write(text)
			}
		}
	}
	return all.String()
}
