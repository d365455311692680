package keyring

import (
	"bufio"
	"crypto"
	"crypto/rsa"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// sshMaterial is an SSH public key with the limits that were put on it.
type sshMaterial struct {
	public      ssh.PublicKey // the plain key, also of a certificate
	cert        *ssh.Certificate
	principals  []string // patterns, of a certificate authority and of an allowed_signers line
	namespaces  []string
	validAfter  time.Time
	validBefore time.Time
}

// maxSigners bounds the lines of an allowed_signers file.
const maxSigners = 100000

// readSSH reads one line in authorized_keys form: a public key, a certificate, or an authority
// (cert-authority …). The options are those of allowed_signers.
func readSSH(line string, principals []string) (Kind, *sshMaterial, error) {
	pub, _, options, rest, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil {
		return "", nil, errors.New("expected one SSH public key line such as ssh-ed25519 AAAA…")
	}
	if strings.TrimSpace(string(rest)) != "" {
		return "", nil, errors.New("expected one SSH public key line, found text after it")
	}
	m := &sshMaterial{public: pub, principals: principals}
	kind := SSH
	if cert, ok := pub.(*ssh.Certificate); ok {
		kind, m.cert, m.public = SSHCert, cert, cert.Key
		m.validAfter, m.validBefore = certTime(cert.ValidAfter), certTime(cert.ValidBefore)
		if cert.CertType != ssh.UserCert {
			return "", nil, errors.New("the SSH certificate is a host certificate, only user certificates sign")
		}
	}
	authority, err := m.setOptions(options)
	if err != nil {
		return "", nil, err
	}
	if authority {
		if m.cert != nil {
			return "", nil, errors.New("cert-authority needs a plain key, found a certificate")
		}
		kind = SSHCA
	}
	return kind, m, nil
}

// setOptions reads the options of ssh-keygen(1) ALLOWED SIGNERS.
func (m *sshMaterial) setOptions(options []string) (authority bool, err error) {
	for _, opt := range options {
		name, value, _ := strings.Cut(opt, "=")
		value = strings.Trim(value, `"`)
		switch strings.ToLower(name) {
		case "cert-authority":
			authority = true
		case "namespaces":
			m.namespaces = strings.Split(value, ",")
		case "valid-after":
			m.validAfter, err = signersTime(value)
		case "valid-before":
			m.validBefore, err = signersTime(value)
		default:
			err = fmt.Errorf("unknown option %q", name)
		}
		if err != nil {
			return false, err
		}
	}
	return authority, nil
}

// signersTime reads YYYYMMDD or YYYYMMDDHHMM[SS], with or without the Z of UTC. ssh-keygen takes a time
// without Z as local; here it is UTC, so that the same file means the same on every machine.
func signersTime(s string) (time.Time, error) {
	s = strings.TrimSuffix(s, "Z")
	for _, layout := range []string{"20060102", "200601021504", "20060102150405"} {
		if len(s) == len(layout) {
			if t, err := time.Parse(layout, s); err == nil {
				return t, nil
			}
		}
	}
	return time.Time{}, fmt.Errorf("time %q: expected YYYYMMDD[HHMM[SS]][Z]", s)
}

// certTime turns a certificate's bound into a time; zero for no bound.
func certTime(seconds uint64) time.Time {
	if seconds == 0 || seconds >= 1<<62 {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).UTC()
}

// signerLine is one line of an allowed_signers file.
type signerLine struct {
	principals string
	kind       Kind
	material   *sshMaterial
}

// readAllowedSigners reads the file line by line: principals, options, key. A line that cannot be read is
// an error with its number: leaving it out would turn its owner into an unknown signer in silence.
func readAllowedSigners(text string) ([]signerLine, error) {
	var out []signerLine
	scan := bufio.NewScanner(strings.NewReader(text))
	scan.Buffer(nil, 1<<20)
	for n := 1; scan.Scan(); n++ {
		line := strings.TrimSpace(scan.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if len(out) == maxSigners {
			return nil, fmt.Errorf("more than %d lines", maxSigners)
		}
		principals, rest, err := cutPrincipals(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		kind, m, err := readSSH(rest, strings.Split(principals, ","))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		out = append(out, signerLine{principals, kind, m})
	}
	if err := scan.Err(); err != nil {
		return nil, err
	}
	return out, nil
}

// cutPrincipals takes the first field off a line; it may stand in double quotes.
func cutPrincipals(line string) (principals, rest string, err error) {
	if quoted, ok := strings.CutPrefix(line, `"`); ok {
		principals, rest, ok = strings.Cut(quoted, `"`)
		if !ok {
			return "", "", errors.New("the quote before the principals is never closed")
		}
	} else {
		i := strings.IndexAny(line, " \t")
		if i < 0 {
			return "", "", errors.New("expected principals, options and a key")
		}
		principals, rest = line[:i], line[i:]
	}
	if principals == "" {
		return "", "", errors.New("no principal is named")
	}
	return principals, strings.TrimSpace(rest), nil
}

// SSHSigner is a key of the ring that an SSH signature's public key leads to.
type SSHSigner struct {
	Key        *Key
	Principal  string    // for an authority: the principal that the certificate names
	ValidAfter time.Time // bounds of the key's line and of the certificate together; zero: none
	ValidUntil time.Time
	Problem    string // why the certificate does not count, "" when it does
}

// SSHSigners returns the keys of the ring that may stand behind the public key in an SSH signature, which
// is a plain key or a certificate. A key named in the ring comes first; a certificate also leads to the
// authority that issued it, if the ring names that. namespace is git or file.
func (r *Ring) SSHSigners(public ssh.PublicKey, namespace string) []SSHSigner {
	plain := public
	cert, isCert := public.(*ssh.Certificate)
	if isCert {
		plain = cert.Key
	}
	var out []SSHSigner
	for _, k := range r.ssh[string(plain.Marshal())] {
		s := SSHSigner{Key: k, ValidAfter: k.ssh.validAfter, ValidUntil: k.ssh.validBefore}
		s.Problem = k.ssh.wrongNamespace(namespace)
		out = append(out, s)
	}
	if isCert {
		for _, k := range r.certs[string(cert.SignatureKey.Marshal())] {
			out = append(out, k.certSigner(cert, namespace))
		}
	}
	return out
}

// certSigner judges a certificate against the authority that issued it. Its time bounds are left to the
// caller, who knows what time the signature claims.
func (k *Key) certSigner(cert *ssh.Certificate, namespace string) SSHSigner {
	s := SSHSigner{
		Key:        k,
		ValidAfter: later(k.ssh.validAfter, certTime(cert.ValidAfter)),
		ValidUntil: earlier(k.ssh.validBefore, certTime(cert.ValidBefore)),
		Problem:    k.ssh.wrongNamespace(namespace),
	}
	if s.Problem != "" {
		return s
	}
	checker := ssh.CertChecker{
		SupportedCriticalOptions: nil,
		Clock:                    func() time.Time { return certMoment(cert) },
	}
	for _, p := range cert.ValidPrincipals {
		if k.ssh.matches(p) {
			s.Principal = p
			break
		}
	}
	switch {
	case cert.CertType != ssh.UserCert:
		s.Problem = "the certificate is a host certificate, only user certificates sign"
	case s.Principal == "":
		s.Problem = fmt.Sprintf("the certificate's principals (%s) are none of those that its authority may speak for", strings.Join(cert.ValidPrincipals, ", "))
	case checker.CheckCert(s.Principal, cert) != nil:
		s.Problem = "the certificate is not valid: " + checker.CheckCert(s.Principal, cert).Error()
	}
	return s
}

// certMoment is a moment inside the certificate's own window, because CheckCert judges time with
// everything else and time is judged by the caller.
func certMoment(cert *ssh.Certificate) time.Time {
	return time.Unix(int64(min(cert.ValidAfter, 1<<62)), 0)
}

// wrongNamespace says that the line limits the key to other namespaces.
func (m *sshMaterial) wrongNamespace(namespace string) string {
	if len(m.namespaces) == 0 || slices.ContainsFunc(m.namespaces, func(p string) bool { return wildcard(p, namespace) }) {
		return ""
	}
	return fmt.Sprintf("the key's line allows the namespaces %s only, the signature is for %q", strings.Join(m.namespaces, ", "), namespace)
}

// matches applies a pattern list of ssh_config(5): any match counts, a match of a negated one forbids.
func (m *sshMaterial) matches(principal string) bool {
	found := false
	for _, p := range m.principals {
		if negated, ok := strings.CutPrefix(p, "!"); ok {
			if wildcard(negated, principal) {
				return false
			}
		} else if wildcard(p, principal) {
			found = true
		}
	}
	return found
}

// wildcard matches * and ?, and nothing else of what path.Match knows.
func wildcard(pattern, s string) bool {
	quoted := strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`, "/", "\x00").Replace(pattern)
	ok, err := path.Match(quoted, strings.ReplaceAll(s, "/", "\x00"))
	return err == nil && ok
}

// WeakSSH says why an SSH key is too weak to be believed, or "".
func WeakSSH(public ssh.PublicKey) string {
	if cert, ok := public.(*ssh.Certificate); ok {
		public = cert.Key
	}
	holder, ok := public.(ssh.CryptoPublicKey)
	if !ok {
		return ""
	}
	return WeakPublic(holder.CryptoPublicKey())
}

// WeakPublic is WeakSSH for a bare key.
func WeakPublic(public crypto.PublicKey) string {
	if key, ok := public.(*rsa.PublicKey); ok && key.N.BitLen() < minRSA {
		return fmt.Sprintf("RSA with %d bits, at least %d are needed", key.N.BitLen(), minRSA)
	}
	if strings.Contains(fmt.Sprintf("%T", public), "dsa.PublicKey") && !strings.Contains(fmt.Sprintf("%T", public), "ecdsa") {
		return "DSA, which OpenSSH no longer accepts"
	}
	return ""
}

// later returns the later of two times, of which zero is the beginning.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
