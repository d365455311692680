package patch

// Limits on foreign text, with their reasons. Beyond them an answer is an error or "undecided", never a
// guess.
const (
	// maxPatch bounds the text of one patch file: larger than any fix that people review.
	maxPatch = 64 << 20
	// maxResult bounds what applying a binary delta may produce.
	maxResult = 256 << 20
	// MaxWork bounds the inner steps of one line comparison. Real files of 50,000 lines need far less;
	// two texts built to be slow end as one large replaced block.
	MaxWork = 40_000_000
	// maxContext bounds how many lines around its own a pattern may need to be told apart.
	maxContext = 8
)
