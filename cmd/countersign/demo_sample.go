package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/countersign/countersign/verify/keyring"
)

// sample is the project that the demo makes: keys, a repository, a security
// repository beside it.
type sample struct {
	repo    *demoRepo
	keys    map[string]*keyring.Secret
	commits []string            // in order
	trees   []map[string]string // the files after each commit
	dir     string
}

// The places in the history that the story speaks of.
const (
	atSessionFix = 1 // LANTERN-2025-0001, released as 2.1.0
	atSearchFix  = 3 // LANTERN-2026-0001
	atUploadFix  = 4 // LANTERN-2026-0002
	atCandidate  = 5 // 2.2.0, complete
	atRevert     = 6 // somebody brings the old login back
)

type person struct{ name, email, roles string }

var lanternTeam = map[string]person{
	"mara":  {"Mara Lind", "mara@lantern.example", "commit, contact"},
	"jonas": {"Jonas Weir", "jonas@lantern.example", "commit, release, contact"},
}

// lanternHistory is the sample project from its beginning. Who is named in
// signed signs the commit.
var lanternHistory = []struct {
	author, message string
	when            time.Time
	signed          bool
	files           map[string]string
}{
	{"mara", "Lantern 2.0", date(2025, 9, 1), false, map[string]string{
		"README.md": lanternReadme, "index.php": lanternIndex, "search.php": lanternSearchOpen, "upload.php": lanternUploadOpen,
		"inc/html.php": lanternHTML, "inc/session.php": lanternSessionOpen}},
	{"mara", "Make the session anew at login", date(2025, 11, 10), true, map[string]string{"inc/session.php": lanternSessionFixed}},
	{"jonas", "Show albums in pages", date(2026, 2, 10), false, map[string]string{"index.php": lanternIndexPaged}},
	{"mara", "Escape the search term", date(2026, 3, 5), true, map[string]string{"search.php": lanternSearchFixed}},
	{"jonas", "Name uploaded pictures ourselves", date(2026, 3, 12), true, map[string]string{"upload.php": lanternUploadFixed}},
	{"jonas", "Say how to update", date(2026, 3, 20), false, map[string]string{"README.md": lanternReadme + "\nTo update, unpack the new version over the old one.\n"}},
	{"mara", "Bring back the old login form", date(2026, 3, 24), false, map[string]string{"inc/session.php": lanternSessionOpen}},
}

func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 10, 0, 0, 0, time.UTC)
}

// makeSample writes everything below dir.
func makeSample(ctx context.Context, dir string) (*sample, error) {
	s := &sample{dir: dir, keys: map[string]*keyring.Secret{}}
	var err error
	for _, who := range slices.Sorted(maps.Keys(lanternTeam)) {
		if s.keys[who], err = keyring.Generate(lanternTeam[who].name, lanternTeam[who].email, date(2025, 6, 1), rand.Reader); err != nil {
			return nil, err
		}
	}
	if s.repo, err = newDemoRepo(ctx, filepath.Join(dir, "lantern")); err != nil {
		return nil, err
	}
	if err := s.writeHistory(); err != nil {
		return nil, err
	}
	return s, s.writeDocuments()
}

func (s *sample) writeHistory() error {
	parent, tree := "", map[string]string{}
	for i, step := range lanternHistory {
		who := lanternTeam[step.author]
		c := demoCommit{author: who.name + " <" + who.email + ">", when: step.when, message: step.message, files: step.files}
		if step.signed {
			c.sign = func(payload []byte) ([]byte, error) { return s.keys[step.author].Sign(payload, step.when, rand.Reader) }
		}
		id, err := s.repo.commit(parent, c)
		if err != nil {
			return err
		}
		tree = maps.Clone(tree)
		maps.Copy(tree, step.files)
		s.commits, s.trees = append(s.commits, id), append(s.trees, tree)
		parent = id
		if i == atSessionFix {
			if _, err := s.repo.git(nil, "update-ref", "refs/tags/v2.1.0", id); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *sample) writeDocuments() error {
	documents := map[string]string{
		"countersign.yaml":                lanternConfig,
		"pages/policy.md":                 lanternPolicy,
		"advisories/LANTERN-2025-0001.md": fmt.Sprintf(lanternSession, s.commits[atSessionFix]),
		"advisories/LANTERN-2026-0001.md": fmt.Sprintf(lanternSearch, s.commits[atSearchFix]),
		"advisories/LANTERN-2026-0002.md": fmt.Sprintf(lanternUploadDraft, s.commits[atUploadFix]),
		"releases/2.1.0.md":               fmt.Sprintf(lanternOldRelease, s.commits[atSessionFix]),
		"releases/2.2.0.md":               fmt.Sprintf(lanternCandidate, s.commits[atCandidate]),
	}
	for who, key := range s.keys {
		public, err := key.Public()
		if err != nil {
			return err
		}
		documents["keys/"+who+".md"] = fmt.Sprintf(lanternKey, who, lanternTeam[who].name, lanternTeam[who].roles, key.Fingerprint(), public)
	}
	for name, text := range documents {
		if err := s.write(name, text); err != nil {
			return err
		}
	}
	return nil
}

// write writes a document of the security repository.
func (s *sample) write(name, text string) error {
	return writeFile(filepath.Join(s.dir, "security", filepath.FromSlash(name)), []byte(text))
}

// pack writes a candidate's package with jonas's signature beside it, and
// returns its path and digest.
func (s *sample) pack(folder string, files map[string]string) (name, digest string, err error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, file := range slices.Sorted(maps.Keys(files)) {
		f, err := w.CreateHeader(&zip.FileHeader{Name: "lantern/" + file, Method: zip.Deflate, Modified: date(2026, 3, 30)})
		if err != nil {
			return "", "", err
		}
		if _, err := f.Write([]byte(files[file])); err != nil {
			return "", "", err
		}
	}
	if err := w.Close(); err != nil {
		return "", "", err
	}
	signature, err := s.keys["jonas"].Sign(out.Bytes(), date(2026, 3, 30), rand.Reader)
	if err != nil {
		return "", "", err
	}
	name = filepath.Join(s.dir, folder, "lantern-2.2.0.zip")
	if err := writeFile(name, out.Bytes()); err != nil {
		return "", "", err
	}
	sum := sha256.Sum256(out.Bytes())
	return name, hex.EncodeToString(sum[:]), writeFile(name+".asc", signature)
}

// stale is the candidate's tree with the upload as it was before its fix: what
// comes out of a build folder that nobody had updated.
func (s *sample) stale() map[string]string {
	files := maps.Clone(s.trees[atCandidate])
	files["upload.php"] = lanternUploadOpen
	return files
}

// completeUpload corrects the advisory that the sample leaves unfinished.
func (s *sample) completeUpload() error {
	return s.write("advisories/LANTERN-2026-0002.md", fmt.Sprintf(lanternUpload, s.commits[atUploadFix]))
}
