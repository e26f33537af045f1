// SPDX-License-Identifier: Apache-2.0

//go:build !race

package diff

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ostrace/ostrace/points"
)

// recorded returns the traces of testdata/changes.txt.gz by their sets. See
// testdata/changes.md.
func recorded(t testing.TB) map[string][]*points.Trace {
	t.Helper()
	sets, err := readRecorded()
	if err != nil {
		t.Fatal(err)
	}
	return sets
}

var readRecorded = sync.OnceValues(func() (map[string][]*points.Trace, error) {
	file, err := os.Open("testdata/changes.txt.gz")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	r := recordedTraces{sets: map[string][]*points.Trace{}}
	lines := bufio.NewScanner(text)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if err := r.line(lines.Text()); err != nil {
			return nil, fmt.Errorf("%q: %w", lines.Text(), err)
		}
	}
	r.end()
	return r.sets, lines.Err()
})

// recordedTraces reads the file line by line.
type recordedTraces struct {
	sets  map[string][]*points.Trace
	infos [][]string
	set   string
	at    time.Time
	count int
	list  []points.Notification
}

const recordedBase = "5c3f0f9e-8a55-4a0e-9f0e-0f8a3c1d2e4b"

func (r *recordedTraces) end() {
	if r.count == 0 {
		return
	}
	t, err := points.NewTrace(recordedBase, func(yield func(points.Notification, error) bool) {
		for _, n := range r.list {
			if !yield(n, nil) {
				return
			}
		}
	})
	if err != nil {
		panic(err) // the sequence has no errors
	}
	r.sets[r.set] = append(r.sets[r.set], t)
	r.list, r.count = nil, 0
}

func (r *recordedTraces) line(line string) error {
	if set, ok := strings.CutPrefix(line, "# "); ok {
		r.end()
		r.set, r.at = set, time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)
		return nil
	}
	if description, ok := strings.CutPrefix(line, "= "); ok {
		r.infos = append(r.infos, strings.Split(description, "\t"))
		return nil
	}
	f := strings.Split(line, "\t")
	var numbers [4]int
	for i := range numbers {
		if f[i] == "" {
			continue
		}
		var err error
		if numbers[i], err = strconv.Atoi(f[i]); err != nil {
			return err
		}
	}
	above, wait, duration, info := numbers[0], numbers[1], numbers[2], r.infos[numbers[3]]
	r.count++
	r.at = r.at.Add(time.Duration(wait) * time.Microsecond)
	n := points.Notification{
		Name: info[0] + "-start", BaseID: recordedBase, TraceID: recordedID(r.count), ParentID: recordedBase, Project: info[1], Service: info[2], Host: "vm",
		Timestamp: r.at, Payload: []byte(`{"info": ` + info[3] + `}`),
	}
	if above > 0 {
		n.ParentID = recordedID(r.count - above)
	}
	r.list = append(r.list, n)
	if f[2] != "" {
		n.Name, n.Timestamp, n.Payload = info[0]+"-stop", n.Timestamp.Add(time.Duration(duration)*time.Microsecond), []byte(`{"info": {}}`)
		if len(f) > 4 {
			n.Payload = fmt.Appendf(nil, `{"info": {"etype": %q}}`, f[4])
		}
		r.list = append(r.list, n)
	}
	return nil
}

func recordedID(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }
