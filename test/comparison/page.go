// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The files in the folder of the output.
const (
	pageName   = "comparison.md"
	folder     = "comparison" // of the other files
	tableName  = "comparison.csv"
	costsName  = "costs.svg"
	driftName  = "drift.svg"
	repository = "github.com/ostrace/ostrace"
)

// writePage reads the table, and writes the page and the plots.
func writePage(output string) error {
	text, err := os.ReadFile(filepath.Join(output, folder, tableName))
	if err != nil {
		return err
	}
	t, err := readTable(text)
	if err != nil {
		return err
	}
	p := newPage(t)
	for name, content := range map[string]string{
		pageName:                         p.markdown(),
		filepath.Join(folder, costsName): p.costs(),
		filepath.Join(folder, driftName): p.drift(),
	} {
		if err := os.WriteFile(filepath.Join(output, name), []byte(content), 0o644); err != nil { //nolint:gosec // results are for all to read
			return err
		}
	}
	return nil
}

// page is the page of one table.
type page struct {
	facts   facts
	rows    []row
	results results
	shown   []setup // those with enough rounds, the baseline first
	left    []string
}

func newPage(t table) page {
	p := page{facts: t.facts, rows: t.rows, results: newResults(t.rows)}
	for _, s := range setups {
		switch rounds := p.results.progress(s.name).rounds; {
		case rounds == 0:
		case rounds >= minRounds || t.facts.quick:
			p.shown = append(p.shown, s)
		default:
			p.left = append(p.left, fmt.Sprintf("%s (%d rounds)", s.name, rounds))
		}
	}
	return p
}

func (p page) setup(name string) (setup, bool) {
	i := slices.IndexFunc(p.shown, func(s setup) bool { return s.name == name })
	if i < 0 {
		return setup{}, false
	}
	return p.shown[i], true
}

func (p page) markdown() string {
	var b bytes.Buffer
	fmt.Fprintf(&b, `# What OSProfiler and OpenTelemetry cost a cloud, and what each sees

`+"`make comparison`"+` wrote this page from [the measurements](%s/%s): OpenStack %s on %s.
`, folder, tableName, p.facts.release, p.facts.machine)
	if p.facts.quick {
		b.WriteString("\n**These are the results of a quick run: one round shows that the measurement works, and nothing else.**\n")
	}
	if len(p.left) > 0 {
		fmt.Fprintf(&b, "\nThe measurement is not finished. Set-ups with fewer than %d rounds are left out: %s.\n", minRounds, strings.Join(p.left, ", "))
	}
	b.WriteString(`
## The question

OpenStack can be traced by its own OSProfiler, by OpenTelemetry in its libraries, and by Python's auto-instrumentation. An operator who chooses wants to know two things: how much more processor time and memory the cloud needs, and what the traces show for that. [An earlier measurement](https://github.com/vyzigold/openstack-tracing-perftest) found about 2 % for OSProfiler and for auto-instrumentation, and ended with the remark that the two had recorded different things. So this page gives the cost for the same coverage too.

## The answer

`)
	b.WriteString(strings.Join(p.answer(), " ") + "\n")
	p.writeCost(&b)
	p.writeWorks(&b)
	p.writeCoverage(&b)
	p.writeServices(&b)
	p.writePerSpan(&b)
	p.writeIdle(&b)
	p.writeBaseline(&b)
	p.writeArticle(&b)
	b.WriteString(threats)
	b.WriteString(again)
	return b.String()
}

// answer returns the three sentences of the answer.
func (p page) answer() []string {
	listCost := func(name string) string {
		e, ok := p.results.more(subject{name, workList, ""}, cpuOfCall)
		if !ok {
			return "an unknown part"
		}
		return e.text("%+.1f") + " %"
	}
	var costs, seen []string
	for _, name := range []string{"redis", "otlp", "native", "auto"} {
		s, ok := p.setup(name)
		if !ok {
			continue
		}
		costs = append(costs, fmt.Sprintf("%s with %s", listCost(name), s.title))
		seen = append(seen, fmt.Sprintf("%.0f with %s", 2*p.results.ofWork(subject{name, workServer, ""}, allSpans), s.title))
	}
	sentences := []string{
		"When all requests are traced, a list call needs this much more of the cloud's processor time: " + strings.Join(costs, "; ") + ".",
		"They see different things: the trace of a server that is created and deleted has this number of spans: " + strings.Join(seen, "; ") + ". For the same coverage, HTTP servers and RPC without SQL, " + p.sameCoverage() + ".",
	}
	third := "Without a key in the requests OSProfiler costs " + listCost("no-key")
	if e, ok := p.results.more(subject{nothingAgain, workList, ""}, cpuOfCall); ok {
		third += ", and the baseline compared with itself gives " + e.text("%+.1f") + " %, so smaller differences can't be told from none"
	}
	return append(sentences, third+".")
}

// sameCoverage compares the set-ups that see HTTP servers and RPC, and no SQL.
func (p page) sameCoverage() string {
	var costs []string
	for _, name := range []string{"redis-no-sql", "otlp-no-sql", "native"} {
		if s, ok := p.setup(name); ok {
			if e, ok := p.perSpan(name, workList); ok {
				costs = append(costs, fmt.Sprintf("%s µs of processor time for each span with %s", e.text("%.0f"), s.title))
			}
		}
	}
	if len(costs) == 0 {
		return "there is no measurement"
	}
	return "a list call costs " + strings.Join(costs, "; ")
}

// cpuOfServer is the processor time of one server that is created and deleted, which are
// two calls.
func cpuOfServer(r row) float64 { return 2 * cpuOfCall(r) }

// perSpan returns the processor time that a set-up adds for each span, in µs.
func (p page) perSpan(name, work string) (e estimate, ok bool) {
	s := subject{name, work, ""}
	n := p.results.typical(s, spansOfCall)
	differences, _ := p.results.differences(s, cpuOfCall)
	if n == 0 || len(differences) == 0 {
		return e, false
	}
	return bootstrap(differences).times(1e6 / n), true
}

// cell returns an estimate in percent, or a dash.
func (p page) cell(s subject, of quantity) string {
	e, ok := p.results.more(s, of)
	if !ok {
		return "–"
	}
	return e.text("%+.1f")
}

func (p page) writeCost(b *bytes.Buffer) {
	fmt.Fprintf(b, `
## What it costs

Each number is how much more the set-up needs than a cloud without tracing beside it, in percent, with its 95 %% interval. A list call is one of eight calls of a Go program, one at a time. A server is created, becomes ACTIVE and is deleted. The processor time is that of all services, the databases, the message queue, and the back end of the spans; that of the client is not in it.

![How much more processor time a list call needs, in each round](%s/%s)

| set-up | rounds | stopped because | processor time of a list call | wall time of a list call | processor time of a server | wall time until it is ACTIVE | memory of all processes | spans of a server | bytes of a server's spans |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
`, folder, costsName)
	for _, s := range p.shown {
		if s.name == nothing {
			continue
		}
		progress := p.results.progress(s.name)
		reason := progress.String()
		if p.facts.quick {
			reason = "a quick run"
		}
		list, server := subject{s.name, workList, ""}, subject{s.name, workServer, ""}
		fmt.Fprintf(b, "| %s | %d | %s | %s | %s | %s | %s | %s | %.0f | %.0f |\n", s.title, progress.rounds, reason,
			p.cell(list, cpuOfCall), p.cell(list, wallOfCall), p.cell(server, cpuOfServer),
			p.cell(subject{s.name, workServer, ofCall + "create a server"}, wallOfCall), p.cell(list, residentNow),
			2*p.results.ofWork(server, allSpans), 2*p.results.ofWork(server, allBytes))
	}
	base, baseServer := subject{nothing, workList, ""}, subject{nothing, workServer, ""}
	fmt.Fprintf(b, "\nWithout tracing, a list call needs %.1f ms of processor time and takes %.1f ms; a server needs %.2f s of processor time; all processes have %.0f MB. "+
		"A page of memory that two processes share is counted twice. The measurement of a set-up stops when half of the interval of a list call's processor time is at most %g %%, but not before %d rounds, and in any case after %d.\n",
		1000*p.results.typical(base, cpuOfCall), 1000*p.results.typical(base, wallOfCall),
		p.results.typical(baseServer, cpuOfServer), p.results.typical(base, residentNow)/1e6, precision, minRounds, maxRounds)
}

func (p page) writeWorks(b *bytes.Buffer) {
	b.WriteString("\n## Each kind of work\n\nHow much more processor time the cloud needs for it, in percent, with the 95 % interval. A set-up with dashes has only the list calls and servers of one Go program.\n\n| set-up |")
	var done []work
	for _, w := range works {
		if !w.article && w.name != workIdle && len(p.results[subject{nothing, w.name, ""}]) > 0 {
			done = append(done, w)
			fmt.Fprintf(b, " %s |", w.title)
		}
	}
	fmt.Fprintf(b, "\n|%s\n", strings.Repeat(" --- |", len(done)+1))
	for _, s := range p.shown {
		if s.name == nothing {
			continue
		}
		fmt.Fprintf(b, "| %s |", s.title)
		for _, w := range done {
			fmt.Fprintf(b, " %s |", p.cell(subject{s.name, w.name, ""}, cpuOfCall))
		}
		b.WriteString("\n")
	}
}

func (p page) writeCoverage(b *bytes.Buffer) {
	b.WriteString("\n## Which layers each sees\n\nThe number of spans of one server that is created and deleted, without those that an idle cloud has in the same time. A dash means that the set-up has no span of the layer, also not for any other work.\n\n| set-up |" +
		strings.Join(layerNames(), "") + "\n|" + strings.Repeat(" --- |", layers+1) + "\n")
	for _, s := range p.shown {
		fmt.Fprintf(b, "| %s |", s.title)
		for l := range layers {
			fmt.Fprintf(b, " %s |", p.seen(s.name, l))
		}
		b.WriteString("\n")
	}
	b.WriteString("\nA layer is a part of the work: the answer to a request (HTTP server), a service's request to another (HTTP client), a message or call over the message queue (RPC), a statement (SQL), a call of a driver, and a traced function of a service. OSProfiler's own back ends have two notifications for each span.\n")
}

func (p page) seen(name string, l int) string {
	most := 0
	for s, rounds := range p.results {
		if s.setup == name && s.of == "" {
			for _, r := range rounds {
				most = max(most, r.spans[l])
			}
		}
	}
	if most == 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f", 2*p.results.ofWork(subject{name, workServer, ""}, ofLayer(l)))
}

func (p page) writeServices(b *bytes.Buffer) {
	var services []string
	for s, rounds := range p.results {
		for _, r := range rounds {
			if r.spans.total() > 0 && s.of != "" && !slices.Contains(services, s.of) {
				services = append(services, s.of)
			}
		}
	}
	slices.Sort(services)
	fmt.Fprintf(b, "\n## Which services each sees\n\nThe number of spans of one server that is created and deleted, without those of an idle cloud.\n\n| set-up | %s |\n|%s\n", strings.Join(services, " | "), strings.Repeat(" --- |", len(services)+1))
	for _, s := range p.shown {
		fmt.Fprintf(b, "| %s |", s.title)
		for _, service := range services {
			n := 2 * p.results.ofWork(subject{s.name, workServer, service}, allSpans)
			if n < 0.5 {
				b.WriteString(" – |")
				continue
			}
			fmt.Fprintf(b, " %.0f |", n)
		}
		b.WriteString("\n")
	}
}

func (p page) writePerSpan(b *bytes.Buffer) {
	b.WriteString("\n## The processor time of a span\n\nThe additional processor time, divided by the number of spans, in microseconds. Set-ups with the same layers have the same coverage.\n\n| set-up | layers | list calls | a server |\n| --- | --- | --- | --- |\n")
	for _, s := range p.shown {
		text := func(work string) string {
			e, ok := p.perSpan(s.name, work)
			if !ok || s.sampled {
				return "–"
			}
			return e.text("%.0f")
		}
		if list, server := text(workList), text(workServer); list != "–" || server != "–" {
			var sees []string
			for l := range layers {
				if p.seen(s.name, l) != "–" {
					sees = append(sees, layer(l).String())
				}
			}
			fmt.Fprintf(b, "| %s | %s | %s | %s |\n", s.title, strings.Join(sees, ", "), list, server)
		}
	}
}

// writeIdle shows what a cloud does without any request.
func (p page) writeIdle(b *bytes.Buffer) {
	b.WriteString("\n## An idle cloud\n\nThe services of an idle cloud have periodic work. Native OpenTelemetry traces the messages of it, and OSProfiler does not.\n\n| set-up | processor time in a minute, s | spans in a minute | bytes in a minute |\n| --- | --- | --- | --- |\n")
	for _, s := range p.shown {
		minute := func(of quantity) float64 { return 60 * p.results.idle(s.name, "", of) }
		fmt.Fprintf(b, "| %s | %.1f | %.0f | %.0f |\n", s.title, minute(func(r row) float64 { return r.outOfTurn.Seconds() }), minute(allSpans), minute(allBytes))
	}
}

// writeBaseline shows the baseline against itself, and how it drifted.
func (p page) writeBaseline(b *bytes.Buffer) {
	b.WriteString("\n## The baseline against itself\n\n")
	if _, ok := p.setup(nothingAgain); ok {
		list, server := subject{nothingAgain, workList, ""}, subject{nothingAgain, workServer, ""}
		e, _ := p.results.more(list, cpuOfCall)
		verdict := "The interval holds 0, as it should."
		if !e.holdsZero() {
			verdict = "The interval does not hold 0, so other differences of this size may have the same cause, which is not tracing."
		}
		fmt.Fprintf(b, "A cloud without tracing was measured as a set-up of its own (A/A): %s %% of a list call's processor time, and %s %% of a server's. %s\n\n",
			p.cell(list, cpuOfCall), p.cell(server, cpuOfServer), verdict)
	}
	values := p.results.values(subject{nothing, workList, ""}, cpuOfCall)
	if len(values) > 0 {
		fmt.Fprintf(b, "In the course of the measurement the baseline's processor time of a list call was between %.1f and %.1f ms. It was %.1f ms in the first round, and %.1f ms in the last. Each difference is that of two clouds that worked in short turns.\n\n![The baseline's processor time of a list call, in each round](%s/%s)\n",
			1000*slices.Min(values), 1000*slices.Max(values), 1000*values[0], 1000*values[len(values)-1], folder, driftName)
	}
}

// writeArticle shows the article's scenario.
func (p page) writeArticle(b *bytes.Buffer) {
	base := subject{nothing, workArticle, ""}
	if len(p.results[base]) == 0 {
		return
	}
	b.WriteString("\n## The earlier measurement's scenario\n\nThe commands of [perf-test.sh](https://github.com/vyzigold/openstack-tracing-perftest), without the router and the floating IP, which this cloud does not have. There, OSProfiler traced SQL and the services' requests, and sent spans live.\n\n| set-up | wall time of the scenario, s | more wall time, % | more processor time of the cloud, % | there |\n| --- | --- | --- | --- | --- |\n")
	wall := func(r row) float64 { return r.wall.Seconds() }
	there := map[string]string{nothing: "148.6 s", "otlp-requests": "151.3 s, +1.8 %, by Jaeger's client", "auto": "151.6 s, +2.0 %"}
	for _, s := range p.shown {
		subject := subject{s.name, workArticle, ""}
		values := p.results.values(subject, wall)
		if len(values) == 0 {
			continue
		}
		more, cpu := "", ""
		if s.name != nothing {
			more, cpu = p.cell(subject, wall), p.cell(subject, cpuOfCall)
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", s.title, bootstrap(values).text("%.1f"), more, cpu, there[s.name])
	}
}

const threats = `
## Threats to validity

- Nova's driver is a fake one, and the network is only in Neutron's database: a server is a record. The work of a hypervisor and of the agents on a real cloud is the same in all set-ups, so that tracing costs a smaller share of a real cloud's time than the tables say, and about the same number of microseconds.
- Everything runs on one machine: the clients, the clouds and the back ends. The wall times include the time of waiting for a processor. The processor times do not, but the processors' caches are shared, also with the other clouds, which are idle but for their periodic work while one of them works.
- A full garbage collection of a Python service takes up to a quarter of a second. By chance, a block has one more or one less of them. That is between 1 and 2 % of the processor time of its list calls, and in a quick run more.
- Nova runs on eventlet, because OSProfiler mixes the traces of native threads. Native threads may have other costs.
- A set-up's processor time is that of its turns. What it does later, such as sending spans in batches, is added where there is such work: for native OpenTelemetry, OTLP and auto-instrumentation, and for MariaDB. There, what the services that the work uses do out of the turns, until 6 seconds after the last one, is compared with what they do in the baseline in the same time. This makes the intervals of these set-ups wider. In the turns there is also the periodic work of an idle cloud, in the baseline's too. Nova's clean-up of deleted servers, which it has every five minutes, is switched off.
- The rate of native OpenTelemetry is that of oslo.middleware: at the rate 0, oslo.messaging still traces messages that belong to no trace.
- The receiver of OTLP spans only counts them. A real back end costs more, and may run on another machine.
- The requests to the gateway go through it as a proxy. Its own processor time is in the total, and the client's wall times include one more connection.
- The median of a few rounds is compared. With so few values, the bootstrap's interval can be a little too narrow or too wide; the baseline against itself shows how well it works here.
- Whether a set-up goes on for another round depends on its earlier rounds, which makes the intervals of the set-ups that stopped early slightly too narrow.
`

const again = `
## Do it again

` + "```" + `
make comparison
` + "```" + `

It goes on where it was interrupted, because each block that is finished is in the table. [How it measures](https://` + repository + `/tree/main/test/comparison).
`
