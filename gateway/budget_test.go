// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// takes returns how many of n requests of a token are within the limits.
func takes(b *budget, n int, token string, perMinute, perToken int) (within int) {
	for range n {
		if b.take(token, perMinute, perToken) == withinLimits {
			within++
		}
	}
	return within
}

func TestBudgetInAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget()
		if got := takes(b, 1000, "a", 60, 0); got != 60 {
			t.Errorf("%d at once", got)
		}
		if got := b.take("b", 60, 0); got != overLimit {
			t.Errorf("another token's: %d", got)
		}
		time.Sleep(time.Second) //nolint:forbidigo // this is synctest's clock
		if got := takes(b, 1000, "a", 60, 0); got != 1 {
			t.Errorf("%d after a second", got)
		}
		time.Sleep(time.Hour) //nolint:forbidigo // this is synctest's clock
		if got := takes(b, 1000, "a", 60, 0); got != 60 {
			t.Errorf("%d after an hour", got)
		}
		if got := takes(b, 1000, "a", 0, 0); got != 1000 {
			t.Errorf("%d without a limit", got)
		}
	})
}

// The budget uses the monotonic clock, which nobody can set.
func TestBudgetIsMonotonic(t *testing.T) {
	if began := newBudget().began.String(); !strings.Contains(began, " m=") {
		t.Errorf("%s has no reading of the monotonic clock", began)
	}
}

// Within m minutes, each limit allows at most (m+1) times its number. In the long
// run it does not allow fewer requests than its number.
func TestBudgetBound(t *testing.T) {
	for _, limit := range []int{1, 7, 60, 601, 6000} {
		synctest.Test(t, func(t *testing.T) {
			b, got := newBudget(), 0
			const minutes = 10
			for range minutes * 6000 {
				got += takes(b, 2, "", limit, 0)
				time.Sleep(10 * time.Millisecond) //nolint:forbidigo // this is synctest's clock
			}
			if got > (minutes+1)*limit || got < minutes*limit {
				t.Errorf("%d a minute: %d in %d minutes", limit, got, minutes)
			}
		})
	}
}

func TestBudgetPerToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget()
		for _, token := range []string{"a", "b"} {
			if got := takes(b, 100, token, 7, 5); token == "a" && got != 5 || token == "b" && got != 2 {
				t.Errorf("%d of token %s", got, token)
			}
		}
		// A request that is over one limit does not use up the other limit.
		if got := takes(b, 100, "b", 0, 5); got != 3 {
			t.Errorf("%d more of token b", got)
		}
		if got := b.take("a", 100, 5); got != overTokenLimit {
			t.Errorf("a sixth one of token a: %d", got)
		}
		if got := takes(b, 100, "", 0, 5); got != 5 {
			t.Errorf("%d without a token", got)
		}
	})
}

// 10,000 tokens are remembered. Requests with other tokens share one limit with
// requests that have no token. A token that was not seen for a minute makes room
// for another one.
func TestBudgetForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget()
		for i := range rememberedTokens {
			if got := takes(b, 2, strconv.Itoa(i), 0, 1); got != 1 {
				t.Fatalf("%d of token %d", got, i)
			}
		}
		if got := takes(b, 1, "x", 0, 1) + takes(b, 1, "y", 0, 1) + takes(b, 1, "", 0, 1); got != 1 {
			t.Errorf("%d of further tokens and of none", got)
		}
		if got := len(b.tokens); got != rememberedTokens {
			t.Errorf("%d tokens are remembered", got)
		}
		time.Sleep(30 * time.Second) //nolint:forbidigo // this is synctest's clock
		if got := takes(b, 1, "0", 0, 1); got != 0 {
			t.Error("token 0 was forgotten")
		}
		time.Sleep(31 * time.Second) //nolint:forbidigo // this is synctest's clock
		if got := takes(b, 1, "0", 0, 2) + takes(b, 1, "x", 0, 1) + takes(b, 1, "y", 0, 1); got != 3 {
			t.Errorf("%d of 3 tokens after a minute", got)
		}
		if got := len(b.tokens); got != 3 {
			t.Errorf("%d tokens are remembered after a minute", got)
		}
	})
}
