// SPDX-License-Identifier: Apache-2.0

package waterfall

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// operation is a part of a program that does not run but is known: it says what waits
// for what. A stage begins when all operations of the one before it have ended.
type operation struct {
	name    string
	service string
	own     []int          // ms before each stage, and after the last one
	stages  [][]*operation // the operations of a stage run at once
	jobs    []*operation   // of each stage, one that nobody waits for, or nil
	wait    bool           // in the place of all that, it polls until all jobs have ended
}

// run writes the spans of an operation that starts at a time, and returns its end.
// jobsEnd is when the last job has ended so far.
func (o *operation) run(r *recorder, parent, start int, jobsEnd *int) (end int) {
	id := r.span(parent, o.service, o.name, float64(start), 0)
	finish := func(end int) int {
		r.stubs[id-1].EndTime = testStart.Add(time.Duration(end) * time.Millisecond)
		return end
	}
	if o.wait {
		for at := (start + 99) / 100 * 100; ; at += 100 {
			r.request(id, o.service, "GET", "/job", float64(at), float64(at+3))
			if at >= *jobsEnd {
				return finish(at + 3)
			}
		}
	}
	at := start
	for i, stage := range o.stages {
		at += o.own[i]
		end := at
		for _, c := range stage {
			end = max(end, c.run(r, id, at, jobsEnd))
		}
		at = end
		if job := o.jobs[i]; job != nil {
			*jobsEnd = max(*jobsEnd, job.run(r, id, at, jobsEnd))
			r.stubs[jobID(r, job)-1].SpanKind = trace.SpanKindConsumer
		}
	}
	return finish(at + o.own[len(o.stages)])
}

func jobID(r *recorder, job *operation) int {
	for i := range r.stubs {
		if r.stubs[i].Name == job.name {
			return i + 1
		}
	}
	return 0
}

// programs makes operations.
type programs struct {
	rng   *rand.Rand
	count int
	all   []*operation
}

// operation makes one that takes at least least ms by itself.
func (p *programs) operation(depth, least int, jobs bool) *operation {
	p.count++
	o := &operation{name: fmt.Sprintf("op %d", p.count), service: fmt.Sprintf("service %d", p.rng.IntN(3))}
	p.all = append(p.all, o)
	o.own = append(o.own, least+p.rng.IntN(20))
	if depth == 0 {
		return o
	}
	for range p.rng.IntN(3) {
		var stage []*operation
		for range p.rng.IntN(3) {
			stage = append(stage, p.operation(depth-1, 0, false))
		}
		var job *operation
		if jobs && p.rng.IntN(2) == 0 {
			job = p.operation(depth-1, 3000, true)
		}
		o.stages, o.jobs = append(o.stages, stage), append(o.jobs, job)
		o.own = append(o.own, p.rng.IntN(20))
	}
	return o
}

func (p *programs) program() *operation {
	root := &operation{name: "root", service: "client", own: []int{1}}
	for range 1 + p.rng.IntN(3) {
		root.stages = append(root.stages, []*operation{p.operation(3, 0, true)}, []*operation{{name: "wait", service: "client", wait: true}})
		root.jobs = append(root.jobs, nil, nil)
		root.own = append(root.own, 0, p.rng.IntN(10))
	}
	return root
}

// If a part of a program is not on the critical path, the program takes as long
// without the time that this part takes by itself.
func TestOnlyTheCriticalPathMatters(t *testing.T) {
	took := func(program *operation) (*tree, time.Duration) {
		r, jobsEnd := newRecorder(), 0
		end := program.run(r, 0, 0, &jobsEnd)
		return newTree(r.stubs.Snapshots(), Labels{}), time.Duration(end) * time.Millisecond
	}
	tested := 0
	for seed := range uint64(200) {
		p := programs{rng: rand.New(rand.NewPCG(seed, 1))}
		program := p.program()
		tree, before := took(program)
		checkCritical(t, tree)
		onPath := map[string]time.Duration{}
		for _, n := range tree.nodes {
			onPath[n.title] = n.onPath()
		}
		for _, o := range p.all {
			if onPath[o.name] > 0 {
				continue
			}
			tested++
			own := o.own
			o.own = make([]int, len(own))
			if _, after := took(program); after != before {
				t.Fatalf("seed %d: %s is not on the critical path, and without it the program takes %v, not %v", seed, o.name, after, before)
			}
			o.own = own
		}
	}
	if tested < 1000 {
		t.Errorf("only %d parts are not on the path", tested)
	}
}
