package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"unicode"

	"github.com/countersign/countersign/site"
	"github.com/countersign/countersign/verify/keyring"
	"github.com/countersign/countersign/verify/signature"
)

const otherSigners = "a key with a passphrase, in an agent or on a card signs by a command: " +
	"--signer 'gpg --armor --detach-sign --local-user KEY' --clear-signer 'gpg --clear-sign --local-user KEY'"

// siteSigner is what signs the site, by a key or by commands; nil for nothing.
// Whoever signs: what is published is checked against the keys on the site first.
func (s *session) siteSigner(ctx context.Context, ring *keyring.Ring) (*site.Signer, error) {
	file, detached, clear := s.c.String("sign"), s.c.String("signer"), s.c.String("clear-signer")
	signer := &site.Signer{
		Check:      func(data, sig []byte) error { return s.checkDetached(ring, data, sig) },
		CheckClear: func(text, signed []byte) error { return s.checkClear(ring, text, signed) },
	}
	switch {
	case file != "" && detached+clear != "":
		return nil, errors.New("--sign and --signer exclude each other: name a key or commands")
	case file != "":
		key, err := readSiteKey(file, ring)
		if err != nil {
			return nil, err
		}
		signer.Sign = func(data []byte) ([]byte, error) { return key.Sign(data, s.today(), rand.Reader) }
		signer.ClearSign = func(text []byte) ([]byte, error) { return key.ClearSign(text, s.today()) }
		return signer, nil
	case detached+clear == "":
		return nil, nil
	}
	var err error
	if signer.Sign, err = signCommand(ctx, "--signer", detached); err != nil {
		return nil, err
	}
	if signer.ClearSign, err = signCommand(ctx, "--clear-signer", clear); err != nil {
		return nil, err
	}
	return signer, nil
}

// readSiteKey reads a private key whose public part is on the site.
func readSiteKey(name string, ring *keyring.Ring) (*keyring.Secret, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("--sign: %w", err)
	}
	key, err := keyring.ReadSecret(text)
	if err != nil {
		return nil, withHint(otherSigners, "--sign: %s: %w", name, err)
	}
	published := slices.ContainsFunc(ring.Find(key.Fingerprint()), func(k *keyring.Key) bool {
		return k.Record.Removed == nil && k.Has(keyring.Release)
	})
	if !published {
		return nil, withHint("publish the key in keys/, with the role release",
			"--sign: %s: nobody could check what the key %s signs: it is no release key of this repository", name, keyring.Group(key.Fingerprint()))
	}
	return key, nil
}

// signCommand makes a function of a command line; nil of an empty one. The
// command is run without a shell.
func signCommand(ctx context.Context, flag, line string) (func([]byte) ([]byte, error), error) {
	if line == "" {
		return nil, nil
	}
	words, err := commandWords(line)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	if _, err := exec.LookPath(words[0]); err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	return func(data []byte) ([]byte, error) {
		cmd := exec.CommandContext(ctx, words[0], words[1:]...)
		var out, said bytes.Buffer
		cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(data), &out, &said
		if err := cmd.Run(); err != nil {
			return nil, fmt.Errorf("%s: %s ended with %w\n%s", flag, words[0], err, bytes.TrimSpace(said.Bytes()))
		}
		return out.Bytes(), nil
	}, nil
}

// commandWords splits a command line at its spaces. Quotes, single or double,
// hold a word with spaces together; nothing else has a meaning.
func commandWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	quote, inside := rune(0), false
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote, inside = r, true
		case quote == 0 && unicode.IsSpace(r):
			if inside {
				words = append(words, word.String())
			}
			word.Reset()
			inside = false
		default:
			word.WriteRune(r)
			inside = true
		}
	}
	if inside {
		words = append(words, word.String())
	}
	switch {
	case quote != 0:
		return nil, fmt.Errorf("a quote is opened and not closed: %s", line)
	case len(words) == 0:
		return nil, errors.New("expected a command, found none")
	}
	return words, nil
}

const unbelieved = "the command that signs must use a key in keys/ with the role release"

// checkDetached asks whether readers of the site will believe a signature.
func (s *session) checkDetached(ring *keyring.Ring, data, sig []byte) error {
	results, err := signature.CheckFile(bytes.NewReader(data), []signature.Detached{{Data: sig}}, s.siteRequest(ring))
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(sig, []byte("-----BEGIN PGP SIGNATURE-----")) {
		return withHint("let the command write armor: gpg --armor --detach-sign", "expected -----BEGIN PGP SIGNATURE-----, found %.40q", sig)
	}
	return allBelieved(results)
}

// checkClear asks it of a text inside its signature. Its last line break is not
// signed, so it may be missing.
func (s *session) checkClear(ring *keyring.Ring, text, signed []byte) error {
	found, results, err := signature.CheckClearsigned(signed, s.siteRequest(ring))
	if err != nil {
		return withHint("let the command write the text and its signature: gpg --clear-sign", "%w", err)
	}
	if !bytes.Equal(bytes.TrimRight(found, "\r\n"), bytes.TrimRight(text, "\n")) {
		return errors.New("what the signature stands around is another text than security.txt")
	}
	return allBelieved(results)
}

func (s *session) siteRequest(ring *keyring.Ring) signature.Request {
	return signature.Request{Ring: ring, Role: keyring.Release, Now: s.now}
}

func allBelieved(results []signature.Result) error {
	for _, r := range results {
		if !r.OK() {
			return withHint(unbelieved, "readers of the site would not believe the signature: %s", r.Reason)
		}
	}
	if len(results) == 0 {
		return withHint(unbelieved, "there is no signature")
	}
	return nil
}
