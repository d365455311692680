package verify

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/countersign/countersign/verify/gitrepo"
)

func TestNodeSet(t *testing.T) {
	var a, b nodeSet
	for _, n := range []int32{0, 3, 63, 64, 200} {
		a = a.add(n)
	}
	for _, n := range []int32{3, 64, 500} {
		b = b.add(n)
	}
	for _, c := range []struct {
		name string
		set  nodeSet
		want []int32
	}{
		{"a", a, []int32{0, 3, 63, 64, 200}},
		{"a without b", a.without(b), []int32{0, 63, 200}},
		{"b without a", b.without(a), []int32{500}},
		{"a without a", a.without(a), nil},
		{"a with b", a.with(b), []int32{0, 3, 63, 64, 200, 500}},
		{"b with a", b.with(a), []int32{0, 3, 63, 64, 200, 500}},
	} {
		if got := slices.Collect(c.set.all); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
	if len(a.without(a)) != 0 {
		t.Error("a set without its own nodes is not empty")
	}
}

// What a path has in a commit is the same whether it was read beforehand or not, and for nodes that come later.
func TestPathTable(t *testing.T) {
	s := begin(t, "sha1")
	later := s.Commit("rename", fixed.With("door.go", "").With("gate.go", fixed["door.go"]), s.fix)
	p := NewProver(s.Open())
	if err := p.graph.Load([]gitrepo.ID{s.fix}); err != nil {
		t.Fatal(err)
	}
	var nodes nodeSet
	for n := range int32(p.graph.Len()) {
		nodes = nodes.add(n)
	}
	if err := p.paths.load([]string{"door.go", "gate.go"}, nodes); err != nil {
		t.Fatal(err)
	}
	if err := p.graph.Load([]gitrepo.ID{later}); err != nil {
		t.Fatal(err)
	}
	for n := range int32(p.graph.Len()) {
		for _, path := range []string{"door.go", "gate.go", "absent/file"} {
			want, _, err := p.repo.Lookup(p.graph.ID(n), path)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // read, and remembered
				if got, err := p.paths.blob(n, path); err != nil || got != want.ID {
					t.Errorf("%s in %s: %s %v, want %s", path, p.graph.ID(n), got, err, want.ID)
				}
			}
		}
	}
}

// In a shallow clone, a commit that cannot be reached hides nothing of the others.
func TestHoldsTellsOfEach(t *testing.T) {
	s := begin(t, "sha1")
	two := s.Commit("two", fixed.With("README", "2\n"), s.fix)
	head := s.Commit("three", fixed.With("README", "3\n"), two)
	if err := os.WriteFile(filepath.Join(s.Dir, "shallow"), []byte(string(two)+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	p := NewProver(s.Open())
	var absent *gitrepo.IncompleteError
	if _, err := p.graph.Walk(head, []gitrepo.ID{s.base}); !errors.As(err, &absent) {
		t.Fatalf("the history behind the edge: got %v, want an incomplete clone", err)
	}
	got, err := p.holds(head, []gitrepo.ID{two, s.base, head})
	if err != nil || !slices.Equal(got, []bool{true, false, true}) {
		t.Errorf("got %v %v, want the first and the last", got, err)
	}
	if got, err := p.holds(head, nil); err != nil || len(got) != 0 {
		t.Errorf("of no commits: got %v %v", got, err)
	}
}
