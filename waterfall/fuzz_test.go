// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// random makes n spans, parents before their children.
func random(rng *rand.Rand, n int) []sdktrace.ReadOnlySpan {
	r := newRecorder()
	for i := range n {
		parent := 0
		if i > 0 && rng.IntN(50) > 0 {
			parent = max(1, i-rng.IntN(20))
		}
		start := float64(i) + 3*rng.Float64()
		id := r.span(parent, fmt.Sprintf("service-%d", rng.IntN(4)), fmt.Sprintf("op-%d", rng.IntN(3)),
			start, start+50*rng.ExpFloat64())
		if rng.IntN(30) == 0 {
			r.fail(id, "because")
		}
	}
	return r.stubs.Snapshots()
}

var drawnSpan = regexp.MustCompile(`^(?:[│ ]*(?:├─|└─|\+\d+) )?(?:✗ )?(?:(\d+) × )?(?:op-\d|o?p?-?…)(?: \(([\d,]+)(?: spans?)?(?:, [^)]*)?\))?`)

func TestEverySpanIsDrawnOrCounted(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		n := 1 + rng.IntN(300)
		width := minWithBar + rng.IntN(200)
		got := draw(t, random(rng, n), Options{Width: width, Unfold: rng.IntN(2) == 0})
		spans := 0
		inTree := false
		for line := range strings.Lines(got) {
			checkWidth(t, line, width)
			inTree = strings.HasPrefix(line, "span") || inTree && line != "\n"
			if !inTree {
				continue
			}
			if m := drawnSpan.FindStringSubmatch(line); m != nil {
				n, _ := strconv.Atoi(cmp.Or(m[2], m[1], "1"))
				spans += n
			}
		}
		if spans != n {
			t.Fatalf("%d of %d spans at width %d in\n%s", spans, n, width, got)
		}
	}
}

func TestHowMuchIsFolded(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for range 20 {
		n := 1 + rng.IntN(3000)
		tree := newTree(random(rng, n), Labels{})
		for _, repeated := range []bool{false, true} {
			for _, brief := range []time.Duration{0, tree.total / 500, tree.total / 20} {
				tree.folding = folding{layers: brief > 0, apart: true, brief: brief, repeated: repeated}
				checkTree(t, tree, n)
			}
		}
	}
}

func checkWidth(t *testing.T, line string, width int) {
	t.Helper()
	if n := columns(strings.TrimSuffix(line, "\n")); n > width {
		t.Fatalf("%d columns instead of %d: %q", n, width, line)
	}
}

// garbage makes spans of arbitrary bytes: few ids, so that they collide, and
// times anywhere.
func garbage(data []byte) []sdktrace.ReadOnlySpan {
	r := newRecorder()
	for len(data) >= 8 {
		head, rest := data[:8], data[8:]
		name := rest[:min(len(rest), int(head[0]))]
		data = rest[len(name):]
		r.span(0, string(name[:len(name)/2]), string(name), 0, 0)
		stub := &r.stubs[len(r.stubs)-1]
		stub.SpanContext = stub.SpanContext.WithSpanID(spanID(int(head[1] % 16)))
		if head[1] > 250 {
			stub.SpanContext = stub.SpanContext.WithTraceID(trace.TraceID{})
		}
		stub.Parent = r.context(int(head[2] % 16))
		stub.StartTime, stub.EndTime = anyTime(head[3:5]), anyTime(head[5:7])
		if head[7]%4 == 0 {
			stub.Status = sdktrace.Status{Code: codes.Error, Description: string(name)}
		}
	}
	return r.stubs.Snapshots()
}

func anyTime(b []byte) time.Time {
	n := int64(binary.BigEndian.Uint16(b))
	switch n % 4 {
	case 0:
		return time.Time{}
	case 1:
		return time.Unix(n<<38, 0)
	case 2:
		return time.Unix(-n<<38, 0)
	default:
		return testStart.Add(time.Duration(n))
	}
}

func checkGarbage(t *testing.T, data []byte, opts Options) {
	spans := garbage(data)
	var out bytes.Buffer
	err := Draw(&out, spans, opts)
	if err != nil && !errors.Is(err, ErrNoMatch) {
		t.Fatal(err)
	}
	got := out.String()
	for line := range strings.Lines(got) {
		checkWidth(t, line, opts.Width)
	}
	if strings.Contains(got, "\x1b") {
		t.Errorf("an escape in %q", got)
	}
	tree := newTree(spans, Labels{})
	checkCritical(t, tree)
	checkTotals(t, tree)
	checkTree(t, tree, len(spans))
	tree.fold(opts.Unfold)
	checkTree(t, tree, len(spans))
	if f := newFilter(opts); !f.all() {
		matching := tree.keep(f)
		if none := matching == 0 && len(spans) > 0; none != errors.Is(err, ErrNoMatch) {
			t.Errorf("%d spans match, and the error is %v", matching, err)
		}
		checkTree(t, tree, matching)
	}
}

// checkTree checks rules that hold for every tree. Each of its spans is there once,
// on a line or below a line that hides it, and count spans are counted. Hidden errors
// are the same as those of another subtree, and are counted too.
func checkTree(t *testing.T, tree *tree, count int) {
	t.Helper()
	seen := map[*node]bool{}
	counted, lines := 0, 0
	tree.walk(func(l line) {
		counted += l.spans
		lines++
		below := slices.Concat(l.run, l.layers)
		hidden := 0
		for i := 0; i < len(below); i++ {
			node := below[i]
			if seen[node] {
				t.Errorf("%q is there twice", node.name)
			}
			seen[node] = true
			if node.start < 0 || node.end < node.start || node.end > tree.total {
				t.Errorf("%v to %v of %v", node.start, node.end, tree.total)
			}
			if l.folded {
				if node.failed && i >= len(l.run) {
					hidden++
				}
				below = append(below, node.children...)
			}
		}
		if hidden != l.errors || hidden > 0 && !tree.folding.repeated {
			t.Errorf("%d errors are hidden, and the line says %d", hidden, l.errors)
		}
	})
	if counted != count {
		t.Errorf("%d of %d spans are counted", counted, count)
	}
	if tree.folding.unfold && lines != len(tree.nodes) {
		t.Errorf("%d lines of %d spans", lines, len(tree.nodes))
	}
	if len(seen) != len(tree.nodes) {
		t.Errorf("%d of %d spans", len(seen), len(tree.nodes))
	}
}

func TestGarbage(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		data := make([]byte, rng.IntN(600))
		for i := range data {
			data[i] = byte(rng.Uint32())
		}
		checkGarbage(t, data, garbageOptions(1+rng.IntN(150), string(data[:min(len(data), 2)]), byte(rng.Uint32())))
	}
}

func TestNarrow(t *testing.T) {
	for width := 1; width < 100; width++ {
		for _, spans := range [][]sdktrace.ReadOnlySpan{createserver(), odd(), deep(40), polling(), nil} {
			for line := range strings.Lines(draw(t, spans, Options{Width: width})) {
				checkWidth(t, line, width)
			}
		}
	}
}

// garbageOptions are options in which each of flags' bits switches one on.
func garbageOptions(width int, text string, flags byte) Options {
	opts := Options{Width: width, Unfold: flags&1 != 0}
	if flags&2 != 0 {
		opts.Services = []string{text}
	}
	if flags&4 != 0 {
		opts.Names = []string{"nothing at all", text}
	}
	if flags&8 != 0 {
		opts.MinDuration = time.Duration(len(text)) << flags
	}
	return opts
}

func FuzzDraw(f *testing.F) {
	f.Add([]byte("\x05\x01\x00\x00\x03\x00\x07\x01hello\x03\x02\x01\x00\x03\x00\x04\x00abc"), 80, "e", byte(0))
	f.Add([]byte("\x05\x01\x00\x00\x03\x00\x07\x01hello\x03\x02\x01\x00\x03\x00\x04\x00abc"), 80, "B", byte(7))
	f.Add([]byte("\x04\x01\x02\x00\x03\x00\x07\x01\x1b[2J\x04\x02\x01\x00\x05\x00\x06\x00\xe4\xb8\xad\xff"), 1, "\x1b", byte(10))
	f.Fuzz(func(t *testing.T, data []byte, width int, text string, flags byte) {
		checkGarbage(t, data, garbageOptions(1+(width&0x7fffffff)%300, text, flags))
	})
}

func countLines(t *tree) (n int) {
	t.walk(func(line) { n++ })
	return n
}

// FuzzDOT checks that every line of the tree has its node, and that texts stay in
// their labels.
func FuzzDOT(f *testing.F) {
	f.Add([]byte("\x05\x01\x00\x00\x03\x00\x07\x01\"];\\\"\x03\x02\x01\x00\x03\x00\x04\x00abc"))
	line := regexp.MustCompile(`^\t(?:s\d+ \[label="(?:[^"\\\n]|\\["\\n])*"(?:, color=red, fontcolor=red)?(?:, style=bold)?\]|s\d+ -> s\d+(?: \[style=bold\])?);$`)
	f.Fuzz(func(t *testing.T, data []byte) {
		spans := garbage(data)
		lines := strings.Split(strings.TrimSuffix(dot(t, spans), "}\n"), "\n")
		nodes := 0
		for _, l := range lines[2 : len(lines)-1] {
			if !line.MatchString(l) {
				t.Errorf("the line %q", l)
			}
			if strings.Contains(l, "label=") {
				nodes++
			}
		}
		tree := newTree(spans, labeled)
		tree.fold(false)
		if want := countLines(tree); nodes != want {
			t.Errorf("%d nodes, want %d", nodes, want)
		}
	})
}
