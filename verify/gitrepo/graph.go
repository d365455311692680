package gitrepo

import "fmt"

// Graph is the part of the repository's history that has been read so far, as numbered nodes. Parents come
// from the commits' own hashed bytes. It grows when it is asked further; numbers never change.
// A Graph belongs to one goroutine at a time.
type Graph struct {
	repo  *Repo
	index map[ID]int32
	nodes []vertex
	guess *guess // what a long walk will want next
	lone  int    // commits read one by one in this walk
}

type vertex struct {
	id, tree ID
	parents  []int32
	date     int64
	read     bool // tree, parents and date are known
}

// NewGraph returns an empty graph.
func (r *Repo) NewGraph() *Graph { return &Graph{repo: r, index: map[ID]int32{}} }

// Len returns the number of nodes.
func (g *Graph) Len() int { return len(g.nodes) }

// Node returns the number of a commit, -1 when no walk has met it.
func (g *Graph) Node(id ID) int32 {
	if n, ok := g.index[id]; ok {
		return n
	}
	return -1
}

// ID returns the node's commit.
func (g *Graph) ID(n int32) ID { return g.nodes[n].id }

// Tree returns the node's tree, empty at the edge of what was walked.
func (g *Graph) Tree(n int32) ID { return g.nodes[n].tree }

// Parents returns the node's parents, none at the edge of what was walked. The caller does not change the slice.
func (g *Graph) Parents(n int32) []int32 { return g.nodes[n].parents }

// Date returns the committer's time in seconds, which orders walks and decides nothing.
func (g *Graph) Date(n int32) int64 { return g.nodes[n].date }

func (g *Graph) add(id ID) int32 {
	if n, ok := g.index[id]; ok {
		return n
	}
	n := int32(len(g.nodes))
	g.nodes = append(g.nodes, vertex{id: id})
	g.index[id] = n
	return n
}

// fill stores what a commit says of itself.
func (g *Graph) fill(n int32, c *Commit) {
	if g.nodes[n].read {
		return
	}
	parents := make([]int32, len(c.Parents))
	for i, p := range c.Parents {
		parents[i] = g.add(p)
	}
	at := &g.nodes[n]
	at.tree, at.parents, at.date, at.read = c.Tree, parents, c.Committer.Time.Unix(), true
}

// alone is how many commits are read one at a time before git is asked to guess the next ones. A recent fix
// is found within it, and one more process would only cost time.
const alone = 384

// read makes sure that a node is known.
func (g *Graph) read(n int32, need ID) error {
	if err := g.repo.cutOff(g.nodes[n].id, need); err != nil {
		return err
	}
	if g.nodes[n].read || g.known(n) {
		return nil
	}
	if g.lone++; g.lone > alone {
		if err := g.readAhead(); err != nil || g.nodes[n].read {
			return err
		}
	}
	o, err := g.repo.readOne(g.nodes[n].id)
	if err != nil {
		return err
	}
	why := ""
	if need != "" {
		why = "parent of " + string(need)
	}
	return g.store(n, o, why)
}

// known takes a commit that was read before, for something else.
func (g *Graph) known(n int32) bool {
	c := g.repo.cachedCommit(g.nodes[n].id)
	if c != nil {
		g.fill(n, c)
	}
	return c != nil
}

func (g *Graph) store(n int32, o object, need string) error {
	raw, err := g.repo.expect(g.nodes[n].id, o, "commit", need)
	if err != nil {
		return err
	}
	c, err := parseCommit(g.nodes[n].id, raw)
	if err != nil {
		return fmt.Errorf("commit %s in %s: %w", g.nodes[n].id, g.repo.dir, err)
	}
	g.fill(n, c)
	return nil
}
