package keyring

import (
	"math/big"
	"math/bits"
	"slices"
)

// modulus is an odd number to calculate by, in Montgomery's way (P. L. Montgomery, "Modular Multiplication
// Without Trial Division", Mathematics of Computation 44, 1985): division by it, three quarters of the work of
// big.Int.Exp, gives way to two multiplications whose other halves are known. R is the power of two behind the
// words; x stands as x·R. What depends on the modulus alone is worked out once a key.
type modulus struct {
	number  *big.Int
	words   []big.Word // the lowest first; their count is even
	turned  []big.Word // the highest first, so that a column is read forward in both factors
	inverse uint       // -1/number mod 2^w
	squareR *big.Int   // R² mod number, which brings a number into the form
}

// newModulus prepares an odd number of at least two words.
func newModulus(n *big.Int) *modulus {
	m := &modulus{number: n, words: slices.Clone(n.Bits())}
	if len(m.words)%2 == 1 {
		m.words = append(m.words, 0)
	}
	m.turned = slices.Clone(m.words)
	slices.Reverse(m.turned)
	lowest := uint(m.words[0])
	m.inverse = lowest // right in three bits, since an odd square is 1 mod 8
	for right := 3; right < bits.UintSize; right *= 2 {
		m.inverse *= 2 - lowest*m.inverse
	}
	m.inverse = -m.inverse
	m.squareR = new(big.Int).Lsh(big.NewInt(1), uint(2*len(m.words)*bits.UintSize))
	m.squareR.Mod(m.squareR, n)
	return m
}

// power returns s to the odd power e, for s below the number. It takes as long as the values say.
func (m *modulus) power(s *big.Int, e uint) *big.Int {
	scratch := make([]big.Word, 4*len(m.words))
	base, product, power := new(big.Int), new(big.Int), new(big.Int)
	base.Set(m.reduce(power, product.Mul(s, m.squareR), scratch))
	for bit := bits.Len(e) - 2; bit >= 0; bit-- {
		m.reduce(power, product.Mul(power, power), scratch)
		switch {
		case bit == 0: // by s as it is, which leaves the form
			m.reduce(power, product.Mul(power, s), scratch)
		case e>>bit&1 == 1:
			m.reduce(power, product.Mul(power, base), scratch)
		}
	}
	return power
}

// reduce puts product/R mod number into z, for a product of two numbers below it. z keeps the front of scratch.
//
// The quotient q is the number with product + q·number divisible by R. It is found word by word, a column of the
// multiplication q·number at a time, and what the columns above hold is the result. Two columns are summed in
// one pass: they share one factor.
func (m *modulus) reduce(z, product *big.Int, scratch []big.Word) *big.Int {
	n := len(m.words)
	out, q, t := scratch[:n:n], scratch[n:2*n], scratch[2*n:4*n]
	clear(t[copy(t, product.Bits()):])
	var sum column
	for k := 0; k < n; k += 2 {
		even, odd := columns(q[:k], m.turned[n-2-k:])
		sum = sum.plus(even).plus(column{low: uint(t[k])})
		q[k] = big.Word(sum.low * m.inverse)
		sum = sum.times(q[k], m.words[0]).next()
		sum = sum.plus(odd).plus(column{low: uint(t[k+1])}).times(q[k], m.words[1])
		q[k+1] = big.Word(sum.low * m.inverse)
		sum = sum.times(q[k+1], m.words[0]).next()
	}
	for k := n; k < 2*n; k += 2 {
		even, odd := columns(q[k-n+2:], m.turned)
		sum = sum.plus(even).plus(column{low: uint(t[k])}).times(q[k-n+1], m.words[n-1])
		out[k-n] = big.Word(sum.low)
		sum = sum.next().plus(odd).plus(column{low: uint(t[k+1])})
		out[k-n+1] = big.Word(sum.low)
		sum = sum.next()
	}
	z.SetBits(out)
	if sum.low != 0 {
		z.Add(z, new(big.Int).Lsh(big.NewInt(1), uint(n*bits.UintSize)))
	}
	if z.Cmp(m.number) >= 0 {
		z.Sub(z, m.number)
	}
	return z
}

// column is the sum of one column of a multiplication, in three words, the lowest first.
type column struct{ low, middle, high uint }

func (c column) plus(d column) column {
	var carry uint
	c.low, carry = bits.Add(c.low, d.low, 0)
	c.middle, carry = bits.Add(c.middle, d.middle, carry)
	c.high += d.high + carry
	return c
}

func (c column) times(a, b big.Word) column {
	high, low := bits.Mul(uint(a), uint(b))
	return c.plus(column{low: low, middle: high})
}

// next carries what does not fit into one word to the next column.
func (c column) next() column { return column{low: c.middle, middle: c.high} }

// columns sums two neighbouring columns: x[i]·y[i+1], and x[i]·y[i], which is the higher one. y is longer than x.
// The loop is nearly all of the time that an RSA signature takes; the three words of a sum are variables, because
// the compiler keeps those in registers.
func columns(x, y []big.Word) (low, high column) {
	var l0, l1, l2, h0, h1, h2, carry uint
	y = y[:len(x)+1]
	b := uint(y[0])
	for i, a := range x {
		up, down := bits.Mul(uint(a), b)
		h0, carry = bits.Add(h0, down, 0)
		h1, carry = bits.Add(h1, up, carry)
		h2, _ = bits.Add(h2, 0, carry)
		b = uint(y[i+1])
		up, down = bits.Mul(uint(a), b)
		l0, carry = bits.Add(l0, down, 0)
		l1, carry = bits.Add(l1, up, carry)
		l2, _ = bits.Add(l2, 0, carry)
	}
	return column{l0, l1, l2}, column{h0, h1, h2}
}
