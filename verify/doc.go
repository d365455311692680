// Package verify is gate 2: do the packages of a release contain every fix that the
// advisories promise, and did people sign them who may?
//
// An advisory is a claim: commit C mends the flaw, and version V has it. A release
// is a claim too: these archives were built from that commit. The package finds, for
// every release, which advisories oblige it (obligation.go), what its archives hold
// (reconstruct.go), and whether each fix is there, from strongest evidence to weakest:
//
//   - reconstruction: the archive's files are, by git blob id, the files of the source
//     commit with the record's patches applied. Nothing is left to judge but the source;
//   - lineage: the fix's commit, or one with the same change, is an ancestor of the
//     source, and its lines are followed to it, since what was merged may be undone;
//   - content: where the archive's file is not the source's, or nothing is known of the
//     source, the fix's hunks are looked for in the archive's own bytes.
//
// Each claim ends as confirmed, refuted (an error: the gate is closed) or unchecked
// (the gate is not opened). What could not be checked never counts as passed.
//
// release.go shows the whole flow. The package takes open repositories, open files
// and a time; it reads no clock, no disk and no terminal, and prints nothing.
package verify
