// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/perf/benchfmt"
)

// results are the measured figures.
type results struct {
	config map[string]string
	names  []string // the names of the benchmarks, in the order of the files
	values map[string]map[string][]float64
}

func newResults() *results {
	return &results{config: map[string]string{}, values: map[string]map[string][]float64{}}
}

// readResults reads the raw files of a folder.
func readResults(dir string) (*results, error) {
	all := newResults()
	for _, s := range suites {
		if err := all.read(filepath.Join(dir, s.file)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// read adds a file in Go's benchmark format.
func (r *results) read(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	reader := benchfmt.NewReader(file, path)
	for reader.Scan() {
		switch record := reader.Result().(type) {
		case *benchfmt.SyntaxError:
			return record
		case *benchfmt.Result:
			r.add(record)
		}
	}
	return reader.Err()
}

func (r *results) add(result *benchfmt.Result) {
	for _, c := range result.Config {
		r.config[c.Key] = string(c.Value)
	}
	base, parts := result.Name.Parts()
	parts = slices.DeleteFunc(parts, func(part []byte) bool { return part[0] != '/' }) // GOMAXPROCS
	name := string(slices.Concat(base, slices.Concat(parts...)))
	if r.values[name] == nil {
		r.names = append(r.names, name)
		r.values[name] = map[string][]float64{}
	}
	for _, v := range result.Values {
		value, unit := v.Value, v.Unit
		if v.OrigUnit != "" {
			value, unit = v.OrigValue, v.OrigUnit
		}
		r.values[name][unit] = append(r.values[name][unit], value)
	}
}

// of returns the names of a group's benchmarks, without the group's name.
func (r *results) of(group string) (names []string) {
	for _, name := range r.names {
		if rest, ok := strings.CutPrefix(name, group+"/"); ok {
			names = append(names, rest)
		}
	}
	return names
}

var errNotMeasured = errors.New("was not measured")

// median returns the median of a benchmark's runs.
func (r *results) median(name, unit string) (float64, error) {
	values := r.values[name][unit]
	if len(values) == 0 {
		return 0, fmt.Errorf("%s: %s %w; there are %v", name, unit, errNotMeasured, slices.Collect(maps.Keys(r.values[name])))
	}
	return quantile(values, 0.5), nil
}

// ratio is the ratio of two benchmarks: the median of the runs, in each of
// which both were measured, and the quartiles.
type ratio struct{ median, lower, upper float64 }

func (r *results) ratio(name, to, unit string) (ratio, error) {
	ratios, err := r.pairs(name, to, unit, func(a, b float64) float64 { return a / b })
	if err != nil {
		return ratio{}, err
	}
	return ratio{quantile(ratios, 0.5), quantile(ratios, 0.25), quantile(ratios, 0.75)}, nil
}

// difference returns how much more one benchmark has than another, as the
// median of the runs.
func (r *results) difference(name, than, unit string) (float64, error) {
	differences, err := r.pairs(name, than, unit, func(a, b float64) float64 { return a - b })
	if err != nil {
		return 0, err
	}
	return quantile(differences, 0.5), nil
}

// pairs compares two benchmarks in each run.
func (r *results) pairs(name, other, unit string, compare func(a, b float64) float64) ([]float64, error) {
	as, bs := r.values[name][unit], r.values[other][unit]
	if len(as) == 0 || len(as) != len(bs) {
		return nil, fmt.Errorf("%s and %s: %s %w equally often", name, other, unit, errNotMeasured)
	}
	compared := make([]float64, len(as))
	for i := range as {
		compared[i] = compare(as[i], bs[i])
	}
	return compared, nil
}

// quantile returns the value below which the given part of the values lies.
func quantile(values []float64, part float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	at := part * float64(len(sorted)-1)
	below := int(at)
	if below == len(sorted)-1 {
		return sorted[below]
	}
	return sorted[below] + (at-float64(below))*(sorted[below+1]-sorted[below])
}
