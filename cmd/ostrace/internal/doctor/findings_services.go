// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"time"
)

// ofServices returns the findings about the services of the catalog.
func (e *examination) ofServices() (all []Finding) {
	var tested, untraced []*target
	native := false
	for _, t := range e.targets {
		if t.Untested != "" {
			continue
		}
		if f := brokenAnswer(t); f != nil {
			all = append(all, *f)
			continue // the answer may be that of a proxy
		}
		tested = append(tested, t)
		native = native || t.Native == Yes
		switch {
		case t.Traced == No:
			untraced = append(untraced, t)
		case t.StoredIn == elsewhere:
			all = append(all, e.storedElsewhere(t))
		case slices.Equal(t.Digests, []string{"sha256"}):
			all = append(all, onlySHA256(t))
		}
		if t.Unsigned == Yes {
			all = append(all, recordedUnsigned(t))
		}
		if t.Followed == No {
			all = append(all, anotherTrace(t))
		}
		if t.RequestID == No {
			all = append(all, noRequestID(t))
		}
		if t.Clock != nil && t.Clock.Others != 0 {
			all = append(all, clockDiffers(t))
		}
	}
	if len(untraced) > 1 && len(untraced) == len(tested) {
		return append(all, e.nothingTraced(untraced, native))
	}
	for _, t := range untraced {
		all = append(all, e.notTraced(t))
	}
	return all
}

// breaks reports whether the service fails only when it traces.
func breaks(t *target) bool {
	return t.unsigned != nil && t.Status >= http.StatusInternalServerError && t.unsigned.failure == nil && t.unsigned.status < http.StatusInternalServerError
}

// brokenAnswer returns the finding about an answer that is not one.
func brokenAnswer(t *target) *Finding {
	f := Finding{ID: "no-answer", Severity: Problem, Services: []string{t.Name}}
	switch {
	case t.Failure != "":
		f.Seen = fmt.Sprintf("%s gave no answer: %s.", t.Name, t.Failure)
	case breaks(t):
		return &Finding{
			ID: "tracing-breaks-the-service", Severity: Problem, Services: []string{t.Name},
			Seen: fmt.Sprintf("%s answers the signed request with %d, and the same request without a signature with %d.", t.Name, t.Status, t.unsigned.status),
			Candidates: []Candidate{{
				Cause: "OSProfiler can't reach its store, and raises an exception.",
				Check: t.section(), Host: t.Name,
				Set: "Set connection_string in [profiler] of " + t.conf + " to a store that this host can reach, or start that store.",
			}},
		}
	case t.Status >= http.StatusInternalServerError || t.Status == http.StatusNotFound || t.Status == http.StatusUnauthorized:
		f.Seen = fmt.Sprintf("%s answers %d %s to %s.", t.Name, t.Status, http.StatusText(t.Status), t.Request)
	default:
		return nil
	}
	f.Candidates = []Candidate{
		{
			Cause: "The service is down, or can't do its work.",
			Check: "curl -i " + t.endpoint,
			Set:   "Start the service, and read its log.",
		},
		{
			Cause: "The catalog has a wrong endpoint.",
			Check: "openstack endpoint list --service " + t.Type,
			Set:   "Correct it with openstack endpoint set --url.",
		},
	}
	return &f
}

// causes returns the causes for which a service does not trace, the likeliest first.
func causes(t *target) []Candidate {
	all := []Candidate{
		{
			Cause: "The service does not know the key: hmac_keys has others.",
			Check: t.section(), Host: t.Name,
			Set: "Set hmac_keys in [profiler] of " + t.conf + " to the key of the other services, and restart the service.",
		},
		{
			Cause: "OSProfiler is off, which is the default, or is not installed.",
			Check: t.section(), Host: t.Name,
			Set: "Set enabled = True in [profiler] of " + t.conf + ", and restart the service.",
		},
	}
	if t.paste != "" {
		all = append(all, Candidate{
			Cause: "The pipeline that the service uses has no filter osprofiler.",
			Check: "grep -n osprofiler " + t.paste, Host: t.Name,
			Set: "Put osprofiler before authtoken in the pipelines of " + t.paste + ", and restart the service.",
		})
	}
	return append(all, Candidate{
		Cause: "The service stores its points in another store.",
		Check: t.section(), Host: t.Name,
		Set: "Set connection_string in [profiler] of " + t.conf + " to that of the other services, and restart the service.",
	})
}

// searched names the places where the services' points were looked for.
func (e *examination) searched() string {
	switch {
	case e.BackEnd == nil:
		return "the store"
	case e.Store == nil:
		return "the back end"
	}
	return "the store or the back end"
}

func (e *examination) notTraced(t *target) Finding {
	return Finding{
		ID: "not-traced", Severity: Problem, Services: []string{t.Name},
		Seen:       t.Name + " did not trace the signed request: nothing of it is in " + e.searched() + ".",
		Candidates: causes(t),
	}
}

func (e *examination) nothingTraced(targets []*target, native bool) Finding {
	var all []probe
	for _, t := range targets {
		all = append(all, t.probe)
	}
	first := all[0]
	candidates := []Candidate{
		{
			Cause: "The key is not one of the cloud's.",
			Check: first.section(), Host: first.project,
			Set: "Give ostrace one of the hmac_keys in [profiler] of the services.",
		},
		{
			Cause: "ostrace looks at another store than that of the services.",
			Check: first.section(), Host: first.project,
			Set: "Give ostrace the connection_string in [profiler] of the services.",
		},
		{
			Cause: "OSProfiler is off in all services, which is the default.",
			Check: first.section(), Host: first.project,
			Set: "Set enabled = True in [profiler] of " + files(all) + ", and restart the services.",
		},
	}
	if native { // whoever has set that up may do without OSProfiler
		candidates = slices.Concat(candidates[2:], candidates[:2])
	}
	return Finding{
		ID: "nothing-is-traced", Severity: Problem, Services: names(all),
		Seen:       "No service traced the signed requests: nothing of them is in " + e.searched() + ".",
		Candidates: candidates,
	}
}

func (e *examination) storedElsewhere(t *target) Finding {
	f := Finding{
		ID: "stored-elsewhere", Severity: Problem, Services: []string{t.Name},
		Seen: fmt.Sprintf("%s traces, but its points are not in %s: %[2]s has only what Keystone did for it.", t.Name, e.searched()),
		Candidates: []Candidate{{
			Cause: "The service has another connection_string. Without one it is messaging://, which is the services' message queue.",
			Check: t.section(), Host: t.Name,
			Set: "Set connection_string in [profiler] of " + t.conf + " to that of the other services, and restart the service.",
		}},
	}
	if t.Name == "placement" && e.Store == nil {
		f.Candidates = slices.Insert(f.Candidates, 0, Candidate{
			Cause: "Placement can't send spans with otlp://, and has a store.",
			Check: t.section(), Host: t.Name,
			Set: "Give ostrace the connection_string of that store too.",
		})
	}
	return f
}

func onlySHA256(t *target) Finding {
	return Finding{
		ID: "only-sha-256", Severity: Problem, Services: []string{t.Name},
		Seen: t.Name + " accepts only signatures with SHA-256, and clients sign with SHA-1 unless they are told otherwise.",
		Candidates: []Candidate{{
			Cause: "The service has a newer OSProfiler.",
			Check: "python3 -m pip show osprofiler", Host: t.Name,
			Set: "Let Go programs sign with SHA-256: --os-profile-digest sha256, or OSTRACE_HMAC_DIGESTS=sha256,sha1 in their environment.",
		}},
	}
}

func recordedUnsigned(t *target) Finding {
	return Finding{
		ID: "recorded-without-a-signature", Severity: Problem, Services: []string{t.Name},
		Seen: t.Name + " recorded a request that was not signed, so that everybody can cause tracing.",
		Candidates: []Candidate{
			{
				Cause: "The threads of the service keep a trace that they have seen.",
				Check: "grep -n concurrency_backend " + t.conf, Host: t.Name,
				Set: "Run the service under eventlet, or its API under a WSGI server.",
			},
			{
				Cause: "Another program than OSProfiler verifies the signature.",
				Check: "python3 -m pip show osprofiler", Host: t.Name,
				Set: "Install OSProfiler as it is released.",
			},
		},
	}
}

func anotherTrace(t *target) Finding {
	return Finding{
		ID: "another-native-trace", Severity: Problem, Services: []string{t.Name},
		Seen: t.Name + " has OpenTelemetry, and its answer names another trace than the traceparent of the request.",
		Candidates: []Candidate{{
			Cause: "A proxy in front of the service sets a traceparent of its own.",
			Check: "grep -rn -i traceparent /etc/haproxy /etc/nginx", Host: t.Name,
			Set: "Let the proxy pass on the traceparent that it receives.",
		}},
	}
}

func noRequestID(t *target) Finding {
	return Finding{
		ID: "no-request-id", Severity: Advice, Services: []string{t.Name},
		Seen: fmt.Sprintf("The answer of %s has no X-Openstack-Request-Id.", t.Name),
		Candidates: []Candidate{{
			Cause: "A proxy in front of the service removes the header.",
			Check: "curl -i " + t.endpoint,
			Set:   "Let the proxy pass on the header.",
		}},
	}
}

func clockDiffers(t *target) Finding {
	return Finding{
		ID: "clocks-differ", Severity: Problem, Services: []string{t.Name},
		Seen:       fmt.Sprintf("The clock of %s is %s the clocks of the other services.", t.Name, apart(t.Clock.Others)),
		Candidates: []Candidate{clockIsNotSet(t.Name)},
	}
}

func clockIsNotSet(project string) Candidate {
	return Candidate{
		Cause: "The host does not set its clock by a time server.",
		Check: "chronyc tracking", Host: project,
		Set: "Let chrony or ntpd run on the host, with the time servers of the other hosts.",
	}
}

// apart writes the distance of a clock.
func apart(seconds float64) string {
	word := "ahead of"
	if seconds < 0 {
		word = "behind"
	}
	return shown(seconds) + " " + word
}

// shown writes a number of seconds without its sign.
func shown(seconds float64) string {
	seconds = math.Abs(seconds)
	if seconds < 10 {
		return fmt.Sprintf("%.1f s", seconds)
	}
	return time.Duration(math.Round(seconds) * 1e9).String()
}
