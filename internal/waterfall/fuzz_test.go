package waterfall

import (
	"cmp"
	"encoding/binary"
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

var drawnSpan = regexp.MustCompile(`^(?:[│ ]*(?:├─|└─|\+\d+) )?(?:✗ )?(?:(\d+) × )?(?:op-\d|o?p?-?…)(?: \((\d+)(?: spans)?\))?`)

func TestEverySpanIsDrawnOrCounted(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		n := 1 + rng.IntN(300)
		width := minWithBar + rng.IntN(200)
		got := draw(t, random(rng, n), Options{Width: width})
		spans := 0
		for line := range strings.Lines(got) {
			checkWidth(t, line, width)
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

func checkGarbage(t *testing.T, data []byte, width int) {
	spans := garbage(data)
	got := draw(t, spans, Options{Width: width})
	for line := range strings.Lines(got) {
		checkWidth(t, line, width)
	}
	seen := map[*node]bool{}
	tree := newTree(spans)
	checkCritical(t, tree)
	counted := 0
	tree.walk(func(l line) {
		counted += l.spans
		below := slices.Clone(l.run)
		for i := 0; i < len(below); i++ {
			node := below[i]
			if seen[node] {
				t.Errorf("%q is there twice", node.name)
			}
			seen[node] = true
			if node.start < 0 || node.end < node.start || node.end > tree.total {
				t.Errorf("%v to %v of %v", node.start, node.end, tree.total)
			}
			if node.failed && i >= len(l.run) {
				t.Errorf("%q failed and has no line", node.name)
			}
			if l.hides() {
				below = append(below, node.children...)
			}
		}
	})
	if counted != len(spans) {
		t.Errorf("%d of %d spans are counted", counted, len(spans))
	}
	if len(seen) != len(spans) {
		t.Errorf("%d of %d spans", len(seen), len(spans))
	}
	if strings.Contains(got, "\x1b") {
		t.Errorf("an escape in %q", got)
	}
}

func TestGarbage(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		data := make([]byte, rng.IntN(600))
		for i := range data {
			data[i] = byte(rng.Uint32())
		}
		checkGarbage(t, data, 1+rng.IntN(150))
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

func FuzzDraw(f *testing.F) {
	f.Add([]byte("\x05\x01\x00\x00\x03\x00\x07\x01hello\x03\x02\x01\x00\x03\x00\x04\x00abc"), 80)
	f.Add([]byte("\x04\x01\x02\x00\x03\x00\x07\x01\x1b[2J\x04\x02\x01\x00\x05\x00\x06\x00\xe4\xb8\xad\xff"), 1)
	f.Fuzz(func(t *testing.T, data []byte, width int) {
		checkGarbage(t, data, 1+(width&0x7fffffff)%300)
	})
}
