package pkgfile

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/ulikunitz/xz"
)

// xzStream packs data as one stream of several blocks.
func xzStream(t *testing.T, data []byte, block int64) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := xz.WriterConfig{BlockSize: block, DictCap: 1 << 20}.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// greedy makes the block whose header begins at a place ask for four gigabytes.
func greedy(stream []byte, at int) []byte {
	out := bytes.Clone(stream)
	header := out[at : at+(int(out[at])+1)*4]
	i := bytes.Index(header, []byte{0x21, 1})
	header[i+2] = 40
	sum := len(header) - 4
	binary.LittleEndian.PutUint32(header[sum:], crc32.ChecksumIEEE(header[:sum]))
	return out
}

// TestXzDictionaries: what a block asks for is seen before it is given, in the first block and in any other.
func TestXzDictionaries(t *testing.T) {
	plain := []byte(strings.Repeat("one line of many\n", 4000))
	small := xzStream(t, plain, 1<<40)
	blocks := xzStream(t, plain, 20_000)
	second := bytes.Index(blocks[20:], blocks[12:16]) + 20 // headers of equal blocks begin alike
	mild := greedy(small, 12)
	mild[bytes.Index(mild, []byte{0x21, 1})+2] = 30 // 64 MB
	head := mild[12 : 12+(int(mild[12])+1)*4]
	binary.LittleEndian.PutUint32(head[len(head)-4:], crc32.ChecksumIEEE(head[:len(head)-4]))
	for name, c := range map[string]struct {
		data    []byte
		refused bool
	}{
		"one block":                       {small, false},
		"several blocks":                  {blocks, false},
		"several streams with padding":    {bytes.Join([][]byte{small, blocks, small}, make([]byte, 8)), false},
		"the first block is greedy":       {greedy(small, 12), true},
		"the second block is greedy":      {greedy(blocks, second), true},
		"the second stream is greedy":     {append(bytes.Clone(blocks), greedy(small, 12)...), true},
		"greedy after padding":            {bytes.Join([][]byte{small, greedy(small, 12)}, make([]byte, 4)), true},
		"many streams that ask for a bit": {bytes.Repeat(mild, 9), true},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := newXz(bytes.NewReader(c.data))
			n := int64(0)
			if err == nil {
				n, err = io.Copy(io.Discard, r)
			}
			if !c.refused && (err != nil || n < int64(len(plain))) {
				t.Fatalf("%d bytes, %v", n, err)
			}
			if c.refused && (err == nil || !strings.Contains(err.Error(), "dictionar")) {
				t.Fatalf("%d bytes, %v; want it refused for its dictionary", n, err)
			}
		})
	}
}

// TestXzGreedyPackage: the refusal reaches the package's findings.
func TestXzGreedyPackage(t *testing.T) {
	data := append(xzStream(t, makeTar(t, item{name: "a", body: "1"}), 1<<40), greedy(xzStream(t, []byte("more"), 1<<40), 12)...)
	p, err := Open(context.Background(), "a.tar.xz", bytes.NewReader(data), int64(len(data)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Problems) == 0 || p.Problems[0].Rule != RuleBomb {
		t.Errorf("problems %v, want %s", p.Problems, RuleBomb)
	}
}

// TestXzOfTheProgram: what xz itself writes with several blocks is read.
func TestXzOfTheProgram(t *testing.T) {
	if _, err := exec.LookPath("xz"); err != nil {
		t.Skip("xz is not installed")
	}
	plain := []byte(strings.Repeat("one line of many\n", 40000))
	for _, flags := range [][]string{{"-T2", "--block-size=50000"}, {"-0"}, {"-6", "--check=sha256"}, {"--check=none"}} {
		cmd := exec.Command("xz", append([]string{"-c"}, flags...)...)
		cmd.Stdin = bytes.NewReader(plain)
		packed, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		r, err := newXz(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(flags, err)
		}
		got, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%v: %d bytes, %v", flags, len(got), err)
		}
	}
}
