package advisories

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/countersign/countersign/advisories/finding"
)

// schemaCases are front matters on which the parser and the schema must agree.
var schemaCases = map[string][]string{
	"advisory": {
		"title: x\n", "title: 1.10\n", "title: true\n", "title:\n", "title: [x]\n", "title: {a: b}\n", "titel: x\n", "id: X\nkind: incident\n",
		"kind: other\n", "kind:\n", "cvss: [a, 1.5]\n", "cvss: a\n", "cvss:\n", "cvss: [a, [b]]\n", "cvss: [~]\n", "affected: [{product: x, ranges: [{introduced: 0, fixed: 1.10}]}]\n",
		"affected: [{produkt: x}]\n", "affected: {product: x}\n", "affected: [x]\n", "affected: [~]\n", "fixes: [{version: 1, commits: [a, {repo: b, id: c}]}]\n",
		"fixes: [{commits: [{rep: b}]}]\n", "fixes: [{commits: [[a]]}]\n", "fixes: [{ignore_whitespace: true}]\n", "fixes: [{ignore_whitespace: yes}]\n",
		"fixes: [{ignore_whitespace: \"true\"}]\n", "credits: [{name: x, type: finder}]\n", "credits: [{type: friend}]\n",
		"timeline: {reported: 2023-01-02, fix_verified: {date: 2023-01-02, by: [a]}}\n", "timeline: {reported: 2023-1-2}\n", "timeline: {reported: soon}\n",
		"timeline: {reported: 2023-01-02T10:00:00Z, reporter_confirmed: not_applicable}\n", "timeline: {reporter_confirmed: never}\n", "timeline: {fix_verified: 2023-01-02}\n",
		"timeline:\n", "timeline: x\n", "timeline: {published: not_applicable}\n", "timeline: {published: [2023-01-02]}\n", "private: {anything: [1, {a: b}]}\n", "private: x\n", "private:\n",
		"incident: {type: malware, notify: [{who: x, by: 2023-01-02}]}\n", "incident: {type: x}\n", "incident:\n", "waive: [{rule: a, reason: b}]\n", "waive: [a]\n",
	},
	"release": {
		"version: 1.10\nsource: {repo: a, commit: b}\n", "source: [{repo: a}, {commit: b}]\n", "source: a\n", "source: [a]\n", "patches: [a, {path: b, ignore_whitespace: false}]\n",
		"patches: a\n", "patches: [{file: a}]\n", "packages: [{name: a, contents: full}]\n", "packages: [{contents: half}]\n", "released: 2023-01-02\n", "packages: {name: a}\n",
	},
	"key": {
		"owner: a\nroles: [commit, contact]\n", "roles: [boss]\n", "roles: commit\n", "removed: {date: 2023-01-02, reason: retired}\n", "removed: {reason: lost}\n", "sigstore: {issuer: a}\n", "sigstore: a\n",
	},
	"page": {"title: a\norder: 3\n", "order: 3.5\n", "order: -1\n", "order: \"3\"\n", "order: three\n", "order: 1000001\n"},
	"config": {
		"project: {name: a}\nproducts: {x: {repo: y, versions: semver}, z: }\nrepos: {y: {url: u}}\n", "products: {x: {version: semver}}\n", "products: [x]\n", "products: {x: {versions: roman}}\n", "products: {x: y}\n",
		"policy: {deadlines: {acknowledge: 7d, assess: 2w}}\n", "policy: {deadlines: {acknowledge: 7}}\n", "policy: {deadlines: {acknowledge: a week}}\n", "policy: {rules: {a-b: \"off\"}}\n",
		"policy: {rules: {a-b: loud}}\n", "policy: {rules: {a-b: ~}}\n", "policy: {rules: [a]}\n", "policy: {two_person: false, package_signatures: 2}\n", "policy: {package_signatures: two}\n", "site: {contacts: [mailto:a]}\n", "site: {base: x}\n",
	},
}

// TestSchemaAgreesWithParser asks both about every case.
func TestSchemaAgreesWithParser(t *testing.T) {
	for kind, cases := range schemaCases {
		validator := compileSchema(t, kind)
		for _, text := range append(cases, "no_such_field: x\n") {
			parsed := accepts(kind, text)
			err := validator.Validate(instance(t, text))
			if (err == nil) != parsed {
				t.Errorf("%s %q: parser accepts: %t, schema: %v", kind, text, parsed, err)
			}
		}
	}
}

// TestSchemaCoversCases holds the table above to its purpose: each kind has
// cases on both sides.
func TestSchemaCoversCases(t *testing.T) {
	for _, kind := range SchemaKinds() {
		yes, no := 0, 0
		for _, text := range schemaCases[kind] {
			if accepts(kind, text) {
				yes++
			} else {
				no++
			}
		}
		if yes == 0 || no == 0 {
			t.Errorf("%s: %d accepted, %d refused", kind, yes, no)
		}
	}
	if _, err := Schema("poem"); err == nil || !strings.Contains(err.Error(), "advisory, release") {
		t.Errorf("an unknown kind: %v", err)
	}
}

func accepts(kind, text string) bool {
	document := finding.NewSource("x.md", []byte("---\n"+text+"---\n"))
	var list []finding.Finding
	switch kind {
	case "advisory":
		_, list = Parse(document)
	case "release":
		_, list = parseRelease(document)
	case "key":
		_, list = parseKey(document)
	case "page":
		_, list = parsePage(document)
	default:
		_, list = ParseConfig(finding.NewSource("x.yaml", []byte(text)))
	}
	return len(list) == 0
}

func compileSchema(t *testing.T, kind string) *jsonschema.Schema {
	t.Helper()
	text, err := Schema(kind)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// instance reads YAML as an editor does before it asks a schema: dates are texts.
func instance(t *testing.T, text string) any {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Load([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	return value(doc.Content[0])
}

func value(n *yaml.Node) any {
	switch {
	case n.Kind == yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			out[n.Content[i].Value] = value(n.Content[i+1])
		}
		return out
	case n.Kind == yaml.SequenceNode:
		out := []any{}
		for _, c := range n.Content {
			out = append(out, value(c))
		}
		return out
	case n.Tag == "!!int" || n.Tag == "!!float":
		return json.Number(n.Value)
	case n.Tag == "!!bool":
		return n.Value == "true"
	case n.Tag == "!!null":
		return nil
	}
	return n.Value
}
