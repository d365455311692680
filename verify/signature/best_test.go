package signature

import (
	"strings"
	"testing"
)

// TestBestNamesTheOthers: of two signatures one suffices, and the reader learns of the other.
func TestBestNamesTheOthers(t *testing.T) {
	good := Result{Status: Valid, Signer: "ann"}
	stranger := Result{Status: UnknownSigner, Reason: "no key of the ring"}
	for _, results := range [][]Result{{good, stranger}, {stranger, good}} {
		best := Best(results)
		if !best.OK() || len(best.Warnings) != 1 || !strings.Contains(best.Warnings[0], "unknown signer") {
			t.Errorf("%+v", best)
		}
	}
	if best := Best([]Result{good, good}); len(best.Warnings) != 0 {
		t.Errorf("two good ones: %+v", best)
	}
}
