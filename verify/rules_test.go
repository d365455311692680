package verify

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/countersign/countersign/advisories/finding"
	"github.com/countersign/countersign/verify/signature"
)

// TestEveryRuleHasARow: what pkgfile and signature can say has a row here, and no id
// has two.
func TestEveryRuleHasARow(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rules {
		if seen[r.ID] {
			t.Errorf("%s has two rows", r.ID)
		}
		seen[r.ID] = true
		if r.Title == "" || r.Why == "" || r.Severity == finding.Off {
			t.Errorf("%s: an empty cell", r.ID)
		}
	}
	for _, id := range constants(t, "pkgfile/limits.go", "Rule") {
		if !seen[id] {
			t.Errorf("pkgfile says %s, of which there is no row", id)
		}
	}
	for _, status := range constants(t, "signature/signature.go", "") {
		rule := signatureRule(signature.Status(status))
		if status != string(signature.Valid) && strings.Contains(" unsigned unknown_signer bad weak expired not_yet_usable removed revoked compromised backdated wrong_role platform mismatch uncheckable ", " "+status+" ") && !seen[rule] {
			t.Errorf("a signature can be %s, and there is no row %s", status, rule)
		}
	}
	for verdict, rule := range verdictRules {
		if !seen[rule] || verdict.Passes() {
			t.Errorf("verdict %s, rule %s", verdict, rule)
		}
	}
}

// constants lists the values of a file's string constants whose name has a prefix.
func constants(t *testing.T, file, prefix string) []string {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	must(t, err)
	var values []string
	ast.Inspect(tree, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for i, name := range spec.Names {
			if i >= len(spec.Values) || !strings.HasPrefix(name.Name, prefix) {
				continue
			}
			if lit, ok := spec.Values[i].(*ast.BasicLit); ok && lit.Kind == token.STRING {
				values = append(values, strings.Trim(lit.Value, `"`))
			}
		}
		return true
	})
	if len(values) == 0 {
		t.Fatalf("no constants in %s", file)
	}
	return values
}
