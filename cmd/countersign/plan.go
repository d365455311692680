package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/countersign/countersign/advisories/report"
	"github.com/countersign/countersign/verify"
)

func (p *program) planCommand() *cli.Command {
	return p.command(&cli.Command{
		Name:      "plan",
		Category:  gates,
		Usage:     "the releases and packages to verify, as a matrix for a CI runner",
		ArgsUsage: "[VERSION…]",
		Description: "All releases made since policy.verify_since and the candidates, or those named. With --format json:\n" +
			"{\"include\": [{\"product\", \"version\", \"release\", \"package\", \"record\"}, …]}, one entry a package. Each\n" +
			"job runs `countersign verify RELEASE --only PACKAGE --output …`, and `countersign verify-result` merges\n" +
			"what they wrote.",
	}, plan)
}

// job is one package to verify.
type job struct {
	Product string `json:"product"`
	Version string `json:"version"`
	Release string `json:"release"` // as `countersign verify` takes it
	Package string `json:"package"`
	Record  string `json:"record"`
}

func plan(_ context.Context, s *session) error {
	if err := s.only(report.Text, report.JSON); err != nil {
		return err
	}
	set, found, err := s.load()
	if err != nil {
		return err
	}
	s.warn(found)
	jobs := []job{}
	releases := verify.ToVerify(set, nil)
	if len(s.args) > 0 {
		if releases, err = named(set, s.args); err != nil {
			return err
		}
	}
	for _, r := range releases {
		product := set.ProductOf(r)
		for _, p := range r.Packages {
			jobs = append(jobs, job{product, r.Version.V, product + "@" + r.Version.V, p.Name.V, r.Path})
		}
	}
	if s.format == report.JSON {
		out := json.NewEncoder(s.stdout)
		if err := out.Encode(map[string]any{"include": jobs}); err != nil {
			return err
		}
		return outcomeOf(found)
	}
	for _, j := range jobs {
		fmt.Fprintf(s.stdout, "%s  %s\n", j.Release, j.Package)
	}
	return outcomeOf(found)
}
