// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math/rand/v2"
	"time"
)

// madeUp are the costs of made-up set-ups: the processor time of a list call, in µs.
var madeUp = map[string]struct {
	cpu, noise float64
	spans      spans // of a list call
}{
	nothing:        {cpu: 30000, noise: 100},
	nothingAgain:   {cpu: 30000, noise: 100},
	"no-key":       {cpu: 30100, noise: 100},
	"redis":        {cpu: 39000, noise: 100, spans: spans{httpServer: 2, sql: 20, function: 1}},
	"redis-no-sql": {cpu: 30600, noise: 100, spans: spans{httpServer: 2, function: 1}},
	"otlp":         {cpu: 40000, noise: 3000, spans: spans{httpServer: 2, sql: 20, function: 1}},
	"native":       {cpu: 30500, noise: 100, spans: spans{httpServer: 1}},
	"auto":         {cpu: 32000, noise: 100, spans: spans{httpServer: 2, httpClient: 2}},
}

// madeBlock returns the rows of a made-up block, of a group of set-ups. The same round
// and place always have the same.
func madeBlock(group []setup, round, place int) []row {
	var rows []row
	for _, s := range group {
		rows = append(rows, madeRows(s, round, place)...)
	}
	rows = append(rows, row{work: blockEnd, wall: time.Minute, at: time.Date(2026, 11, 28, round, place, 0, 0, time.UTC)})
	for i := range rows {
		rows[i].round, rows[i].place = round, place
	}
	return rows
}

func madeRows(s setup, round, place int) []row {
	of := madeUp[s.name]
	seed := uint64(place)
	for _, letter := range s.name {
		seed = seed*31 + uint64(letter)
	}
	random := rand.New(rand.NewPCG(uint64(round), seed))
	cpu := of.cpu + of.noise*random.NormFloat64()
	times := func(factor float64) time.Duration {
		return time.Duration(factor*cpu) * time.Microsecond
	}
	var many spans // of 160 list calls
	for l, one := range of.spans {
		many[l] = 160 * one
	}
	list := row{work: workList, calls: 160, wall: times(200), window: 10 * time.Second, p50: times(1), p90: times(1.5), cpu: times(160), resident: 2e9, spans: many, bytes: int64(900 * many.total())}
	server := row{work: workServer, calls: 8, wall: times(400), window: 20 * time.Second, p50: times(40), p90: times(60), cpu: times(200), resident: 2e9, spans: many, bytes: int64(900 * many.total())}
	if server.spans.total() > 0 {
		server.spans[rpc] = 80
	}
	ofNova := func(whole row) row {
		return row{work: whole.work, of: "nova-api", cpu: (whole.cpu / 2).Truncate(time.Microsecond), resident: 2e8, spans: whole.spans}
	}
	idle := row{work: workIdle, outOfTurn: times(5), window: 6 * time.Second, resident: 2e9}
	if s.name == "native" {
		idle.spans[rpc] = 12 // two in a second
		list.spans[rpc] += 20
		server.spans[rpc] += 40
	}
	rows := []row{
		idle, list, ofNova(list), {work: workList, of: ofClient, cpu: time.Second}, {work: workList, of: "sink", cpu: time.Millisecond, resident: 1e7},
		server, ofNova(server), {work: workServer, of: ofCall + "create a server", calls: 4, p50: times(50), p90: times(70)},
	}
	if s.article {
		rows = append(rows, row{work: workArticle, calls: 1, wall: times(1000), p50: times(1000), p90: times(1000), cpu: times(500)})
	}
	for i := range rows {
		rows[i].setup = s.name
	}
	return rows
}

// madeSetups are the set-ups that have made-up blocks.
func madeSetups() []setup {
	var made []setup
	for _, s := range setups {
		if _, ok := madeUp[s.name]; ok {
			made = append(made, s)
		}
	}
	return made
}
