package gitrepo

import (
	"encoding/hex"
	"fmt"
	"slices"
)

// Match is a commit and how many of the wanted files its tree holds.
type Match struct {
	Commit ID
	Files  int
}

// BestTrees finds the commits whose trees hold most of the wanted files. Each wanted file is a list of the
// blob ids that would do for it (its bytes, its bytes with other line endings); paths do not matter. All
// commits behind heads are considered, in one pass: every distinct folder of the history is read and hashed
// once. Equal matches are ordered by date, newest first; at most limit of them are returned.
func (r *Repo) BestTrees(heads []ID, files [][]ID, limit int) ([]Match, error) {
	g := r.NewGraph()
	if err := g.Load(heads); err != nil {
		return nil, err
	}
	s := scorer{repo: r, file: map[string][]int32{}, trees: map[string]*folderScore{}}
	for i, ids := range files {
		for _, id := range ids {
			if err := r.Check(id); err != nil {
				return nil, err
			}
			raw, _ := hex.DecodeString(string(id))
			s.file[string(raw)] = append(s.file[string(raw)], int32(i))
		}
	}
	if err := s.read(g); err != nil {
		return nil, err
	}
	return s.best(g, len(files), limit)
}

// scorer counts wanted blobs below every tree. A count may exceed the truth where a blob stands twice in a
// tree; the best candidates are then counted exactly.
type scorer struct {
	repo  *Repo
	file  map[string][]int32      // blob id to the wanted files it would do for
	trees map[string]*folderScore // by raw id
}

type folderScore struct {
	own   []int32  // wanted files directly in it
	below []string // raw ids of its folders
	total int32
	done  bool
}

// read reads the distinct trees of the history, level by level.
func (s *scorer) read(g *Graph) error {
	var level []ID
	enqueue := func(raw string) {
		if _, ok := s.trees[raw]; !ok {
			s.trees[raw] = nil
			level = append(level, ID(hex.EncodeToString([]byte(raw))))
		}
	}
	for n := range g.nodes {
		if g.nodes[n].read {
			raw, _ := hex.DecodeString(string(g.nodes[n].tree))
			enqueue(string(raw))
		}
	}
	for depth := 0; len(level) > 0; depth++ {
		if depth > maxDepth {
			return fmt.Errorf("repository %s: folders are nested deeper than %d", s.repo.dir, maxDepth)
		}
		ask := level
		level = nil
		err := s.repo.readAll(ask, func(i int, o object) error {
			data, err := s.repo.expect(ask[i], o, "tree", "")
			if err != nil {
				return err
			}
			score, err := s.parse(data)
			if err != nil {
				return fmt.Errorf("tree %s in %s: %w", ask[i], s.repo.dir, err)
			}
			raw, _ := hex.DecodeString(string(ask[i]))
			s.trees[string(raw)] = score
			for _, b := range score.below {
				enqueue(b)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *scorer) parse(data []byte) (*folderScore, error) {
	score := &folderScore{}
	for len(data) > 0 {
		e, err := cutEntry(data, s.repo.format.idLen()/2)
		if err != nil {
			return nil, err
		}
		if e.mode == ModeTree {
			score.below = append(score.below, string(e.id))
		} else if wanted, ok := s.file[string(e.id)]; ok {
			score.own = append(score.own, wanted...)
		}
		data = data[len(e.raw):]
	}
	return score, nil
}

// count returns the number of wanted files below a tree, repeated ones counted each time.
func (s *scorer) count(raw string) int32 {
	score := s.trees[raw]
	if !score.done {
		score.done = true
		score.total = int32(len(score.own))
		for _, b := range score.below {
			score.total += s.count(b)
		}
	}
	return score.total
}

// exact marks each wanted file once.
func (s *scorer) exact(raw string, seen []bool) int {
	score, n := s.trees[raw], 0
	for _, i := range score.own {
		if !seen[i] {
			seen[i] = true
			n++
		}
	}
	for _, b := range score.below {
		if s.trees[b].total > 0 {
			n += s.exact(b, seen)
		}
	}
	return n
}

// maxExact bounds how many candidates are counted exactly.
const maxExact = 4096

func (s *scorer) best(g *Graph, files, limit int) ([]Match, error) {
	type candidate struct {
		n     int32
		raw   string
		bound int32
	}
	var all []candidate
	for n := range g.nodes {
		if g.nodes[n].read {
			raw, _ := hex.DecodeString(string(g.nodes[n].tree))
			all = append(all, candidate{int32(n), string(raw), s.count(string(raw))})
		}
	}
	slices.SortFunc(all, func(a, b candidate) int { return int(b.bound) - int(a.bound) })
	type counted struct {
		Match
		date int64
	}
	var found []counted
	known := map[string]int{}
	for i, c := range all {
		if i >= maxExact || c.bound == 0 {
			break
		}
		exact, ok := known[c.raw]
		if !ok {
			exact = s.exact(c.raw, make([]bool, files))
			known[c.raw] = exact
		}
		found = append(found, counted{Match{g.ID(c.n), exact}, g.Date(c.n)})
	}
	slices.SortStableFunc(found, func(a, b counted) int {
		switch {
		case a.Files != b.Files:
			return b.Files - a.Files
		case a.date != b.date:
			return int(min(max(b.date-a.date, -1), 1))
		case a.Commit < b.Commit:
			return -1
		}
		return 1
	})
	var out []Match
	for _, c := range found[:min(limit, len(found))] {
		out = append(out, c.Match)
	}
	return out, nil
}
