package finding

import "strings"

// Nearest returns the one word that is written almost like the given one, for
// "did you mean": empty where there is none, or more than one is as near. Case,
// and whether a dash or an underscore stands, do not matter.
func Nearest(word string, words []string) string {
	const shortest, longest = 3, 40
	if len(word) < shortest || len(word) > longest {
		return ""
	}
	given := fold(word)
	best, bestAt, twice := "", min(len(word)/3, 3), false
	for _, w := range words {
		switch n := distance(given, fold(w), bestAt); {
		case n < bestAt || n == bestAt && best == "":
			best, bestAt, twice = w, n, false
		case n == bestAt:
			twice = true
		}
	}
	if twice {
		return ""
	}
	return best
}

func fold(word string) string {
	return strings.ToLower(strings.ReplaceAll(word, "-", "_"))
}

// distance counts the letters to add, drop, change or swap to make b of a. It
// returns limit+1 where there are more than limit.
func distance(a, b string, limit int) int {
	if max(len(a)-len(b), len(b)-len(a)) > limit {
		return limit + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(change, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], limit+1)
}
