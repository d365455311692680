package lint

// Example shows a rule: documents that break it, what is then said of them, and
// the same documents as they should be.
type Example struct {
	Files []ExampleFile // in the order of the example's file
	Want  string        // the findings about the bad files, as `check` prints them
}

// ExampleFile is one file of an example. Both is a file that bad and good share.
type ExampleFile struct {
	Name string // path in a security repository
	Side string // "bad", "good", "base" (an earlier revision) or "both"
	Text string
}

// ExampleOf returns the example of a rule of this table, and whether there is
// one.
func ExampleOf(id string) (Example, bool) { return Example{}, false }
