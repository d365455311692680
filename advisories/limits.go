package advisories

// Limits on what a document may hold. Documents come from pull requests of
// people whom nobody knows, and gate 1 reads them before anybody looks: no
// document may cost much more time or memory than an honest one. Each limit is
// a finding when it is passed, and the rest of the repository is read all the
// same.
const (
	// maxFile bounds a document. Key files are the largest honest ones: an
	// OpenPGP key with a thousand certifications is about 1 MB in armor.
	maxFile = 4 << 20
	// maxHead bounds the front matter. A list of all versions of an old project
	// is a few kilobytes; 128 KB of flow sequence takes the parser 0.15 s.
	maxHead = 128 << 10
	// maxConfig bounds countersign.yaml, of which there is one: a repository that
	// took in a whole ecosystem's database names thousands of products, 100 bytes
	// each, and a megabyte takes the parser 0.3 s.
	maxConfig = 4 << 20
	// maxScalar bounds one text of the front matter: long prose belongs in the
	// body. The longest honest one is the root cause of an incident.
	maxScalar = 16 << 10
	// maxDepth bounds nesting. Documents of ours are at most six deep.
	maxDepth = 16
	// maxFaults bounds the findings about one document: the first ones tell the
	// reader what is wrong.
	maxFaults = 100
	// maxInt bounds a number: they count people and keys.
	maxInt = 1_000_000
	// maxFiles bounds the documents of a repository, ten times the size that it
	// is built for.
	maxFiles = 1_000_000
)
