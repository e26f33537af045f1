// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/ostrace/ostrace/hmac"
)

var update = flag.Bool("update", false, "write testdata")

func TestMain(m *testing.M) {
	pause, storePatience, backEndPatience, writeQuiet = 5*time.Millisecond, 50*time.Millisecond, 50*time.Millisecond, 200*time.Millisecond
	os.Exit(m.Run())
}

// changing has what differs from run to run.
var changing = []struct {
	pattern *regexp.Regexp
	text    string
}{
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "00000000-0000-0000-0000-000000000000"},
	{regexp.MustCompile(`[0-9.]+ (kB|MB)\b`), "1 kB"},
	{regexp.MustCompile(`127\.0\.0\.1:[0-9]+`), "127.0.0.1:1000"},
	{regexp.MustCompile(`The store has [0-9]+ traces?`), "The store has 1 trace"},
}

// golden compares a report with a file of testdata.
func golden(t *testing.T, name string, r *Report) string {
	t.Helper()
	var out bytes.Buffer
	if err := r.WriteText(&out); err != nil {
		t.Fatal(err)
	}
	got := out.String()
	for line := range strings.Lines(got) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width && strings.Contains(line[n/2:], " ") {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	for _, c := range changing {
		got = c.pattern.ReplaceAllString(got, c.text)
	}
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	// Where lines end depends on the numbers in them.
	if err != nil || strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(string(want)), " ") {
		t.Errorf("%s: %v, got\n%s\nwant\n%s", file, err, got, want)
	}
	return got
}

func found(r *Report) (ids []string) {
	for _, f := range r.Findings {
		ids = append(ids, string(f.Severity)+" "+f.ID+" "+strings.Join(f.Services, ","))
	}
	return ids
}

// breakages are the faults of a cloud, the findings about each, and the lines of the
// table that it changes. Everywhere else the output is that of a healthy cloud.
var breakages = []struct {
	name     string
	breaks   func(*testing.T, *simulation)
	findings []string
	changed  []string
}{
	{
		"healthy", func(*testing.T, *simulation) {},
		nil, nil,
	},
	{
		"another-key", func(t *testing.T, s *simulation) { s.SetHMACKeys("image", newKey(t, "OTHER")) },
		[]string{"problem not-traced glance"}, []string{"glance"},
	},
	{
		"another-store", func(_ *testing.T, s *simulation) {
			s.lost = func(project, _, _ string) bool { return project == "glance" }
		},
		[]string{"problem stored-elsewhere glance"}, []string{"glance"},
	},
	{
		"no-service-knows-the-key", func(t *testing.T, s *simulation) {
			for _, service := range []string{"identity", "image", "network", "placement", "compute"} {
				s.SetHMACKeys(service, newKey(t, "OTHER"))
			}
		},
		[]string{"problem nothing-is-traced keystone,glance,neutron,placement,nova"}, []string{"keystone", "glance", "neutron", "placement", "nova"},
	},
	{
		"only-sha256", func(t *testing.T, s *simulation) { s.SetHMACKeys("network", newKey(t, "SECRET_KEY", hmac.SHA256)) },
		[]string{"problem only-sha-256 neutron"}, []string{"neutron"},
	},
	{
		"clock-ahead", func(_ *testing.T, s *simulation) { s.shift["nova"] = 90 * time.Second },
		// Keystone's points begin before Nova's, which caused them.
		[]string{"problem clocks-differ nova"}, []string{"nova"},
	},
	{
		"clock-behind", func(_ *testing.T, s *simulation) { s.shift["glance"] = -5 * time.Second },
		[]string{"problem clocks-differ glance"}, []string{"glance"},
	},
	{
		"no-sql", func(_ *testing.T, s *simulation) {
			s.lost = func(project, _, point string) bool { return project == "nova" && point == "db" }
		},
		[]string{"advice sql-is-not-traced nova"}, []string{"nova"},
	},
	{
		"no-memory-limit", func(_ *testing.T, s *simulation) {
			s.memory = "used_memory:1000000\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n"
		},
		[]string{"problem the-store-grows-without-a-limit "}, nil,
	},
	{
		"no-eviction", func(_ *testing.T, s *simulation) {
			s.memory = strings.Replace(limitedMemory, "allkeys-lru", "volatile-lru", 1)
		},
		[]string{"problem the-store-grows-without-a-limit "}, nil,
	},
	{
		"native", func(_ *testing.T, s *simulation) {
			s.Intercept(func(service string, w http.ResponseWriter, r *http.Request) bool {
				if service == "compute" {
					w.Header().Set("Traceparent", r.Header.Get("Traceparent"))
				}
				return false
			})
		},
		nil, []string{"nova"},
	},
	{
		"native-in-another-trace", func(_ *testing.T, s *simulation) {
			s.Intercept(func(service string, w http.ResponseWriter, _ *http.Request) bool {
				if service == "image" {
					w.Header().Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
				}
				return false
			})
		},
		[]string{"problem another-native-trace glance"}, []string{"glance"},
	},
	{
		"down", func(_ *testing.T, s *simulation) {
			s.Intercept(func(service string, _ http.ResponseWriter, _ *http.Request) bool {
				if service == "network" {
					panic(http.ErrAbortHandler)
				}
				return false
			})
		},
		[]string{"problem no-answer neutron"}, []string{"neutron"},
	},
	{
		"unavailable", func(_ *testing.T, s *simulation) {
			s.Intercept(func(service string, w http.ResponseWriter, _ *http.Request) bool {
				if service == "network" {
					w.WriteHeader(http.StatusServiceUnavailable)
				}
				return service == "network"
			})
		},
		[]string{"problem no-answer neutron"}, []string{"neutron"},
	},
	{
		"recorded-unsigned", func(_ *testing.T, s *simulation) { // as if traceparent were enough
			s.recordUnsigned("image", "glance", func(r *http.Request) string { return r.Header.Get("X-Openstack-Request-Id")[len("req-"):] })
		},
		[]string{"problem recorded-without-a-signature glance"}, nil,
	},
	{
		"recorded-unsigned-in-another-trace", func(_ *testing.T, s *simulation) { // a thread that keeps a trace
			s.recordUnsigned("compute", "nova", func(*http.Request) string { return one })
		},
		[]string{"problem recorded-without-a-signature nova"}, nil,
	},
	{
		"store-unreachable-for-a-service", func(_ *testing.T, s *simulation) {
			s.Intercept(func(service string, w http.ResponseWriter, r *http.Request) bool {
				fails := service == "network" && r.Header.Get(hmac.HeaderHMAC) != ""
				if fails {
					w.Header().Set("X-Openstack-Request-Id", "req-1")
					w.WriteHeader(http.StatusInternalServerError)
				}
				return fails
			})
		},
		[]string{"problem tracing-breaks-the-service neutron"}, []string{"neutron"},
	},
}

// Each fault is found, and nothing else changes.
func TestBreakages(t *testing.T) {
	var healthy string
	for _, test := range breakages {
		t.Run(test.name, func(t *testing.T) {
			s := simulate(t)
			cloud := s.cloud(t)
			test.breaks(t, s)
			r, err := Examine(t.Context(), Options{Cloud: cloud, Store: s.store, Since: time.Hour})
			if err != nil {
				t.Fatal(err)
			}
			// The simulated services do not trace their requests to each other.
			want := slices.Clone(test.findings)
			got := slices.DeleteFunc(found(r), func(f string) bool { return strings.HasPrefix(f, "advice calls-are-not-traced") })
			if !slices.Equal(got, want) {
				t.Errorf("found %q, want %q", got, want)
			}
			if r.Healthy() == slices.ContainsFunc(want, func(f string) bool { return strings.HasPrefix(f, "problem") }) {
				t.Errorf("healthy: %v", r.Healthy())
			}
			text := golden(t, test.name, r)
			if test.name == "healthy" {
				healthy = text
			}
			for _, line := range table(healthy) {
				name, _, _ := strings.Cut(line, " ")
				if slices.Contains(table(text), line) == slices.Contains(test.changed, name) {
					t.Errorf("the line of %s: %q is changed or there, in\n%s", name, line, text)
				}
			}
		})
	}
}

// What an earlier examination left in the store changes nothing.
func TestTwice(t *testing.T) {
	s := simulate(t)
	s.lost = func(project, _, _ string) bool { return project == "glance" }
	for _, ahead := range []time.Duration{-30 * time.Second, 0} { // a trace is not judged while it can still be written
		for _, project := range []string{"keystone", "glance", "neutron", "placement", "nova"} {
			s.shift[project] = ahead
		}
		r, err := Examine(t.Context(), Options{Cloud: s.cloud(t), Store: s.store, Since: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		if got := found(r); !slices.Equal(got, []string{"problem stored-elsewhere glance", "advice calls-are-not-traced neutron,placement,nova"}) {
			t.Errorf("%q", got)
		}
	}
}

// table returns the lines of the table.
func table(text string) (lines []string) {
	for line := range strings.Lines(text) {
		if line == "\n" {
			break
		}
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return lines
}

// A server that is created and deleted shows whether RPC is traced.
func TestWrite(t *testing.T) {
	for name, lost := range map[string]func(project, service, point string) bool{
		"written":          func(string, string, string) bool { return false },
		"written-stops":    func(_, service, _ string) bool { return strings.HasPrefix(service, "nova-") },
		"written-orphaned": func(_, service, point string) bool { return service == "osapi_compute" && point == "compute_api" },
	} {
		t.Run(name, func(t *testing.T) {
			s := simulate(t)
			cloud := s.cloud(t)
			s.lost = lost
			r, err := Examine(t.Context(), Options{Cloud: cloud, Store: s.store, Since: time.Hour, Write: true})
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name, r)
			if left := s.Servers(); len(left) > 0 {
				t.Errorf("servers are left: %v", left)
			}
		})
	}
}

// Without a store nothing is said about tracing.
func TestWithoutStore(t *testing.T) {
	s := simulate(t)
	r, err := Examine(t.Context(), Options{Cloud: s.cloud(t), Since: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "without-store", r)
	if !r.Healthy() {
		t.Errorf("%q", found(r))
	}
}

// The spans of a back end are evidence too.
func TestBackEnd(t *testing.T) {
	s := simulate(t)
	cloud := s.cloud(t)
	jaeger := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := strings.TrimPrefix(r.URL.Path, "/api/v3/traces/")
		w.Header().Set("Content-Type", "application/json")
		for _, request := range s.Requests() {
			parent := request.Header.Get("Traceparent")
			if !request.Signed || len(parent) < 52 || parent[3:35] != id {
				continue
			}
			name, below := "WSGI_GET_/", parent[36:52]
			switch request.Service {
			case "image":
				name = "HTTP GET /" // its own OpenTelemetry
			case "placement":
				below = "00000000000000bb" // Keystone's, for Placement, whose span is not there
			}
			at := time.Now().UnixNano()
			_ = json.NewEncoder(w).Encode(map[string]any{"result": map[string]any{"resourceSpans": []any{map[string]any{"scopeSpans": []any{map[string]any{"spans": []any{
				map[string]any{"spanId": "00000000000000aa", "parentSpanId": below, "name": name, "startTimeUnixNano": json.Number(jsonInt(at)).String(), "endTimeUnixNano": json.Number(jsonInt(at)).String()},
			}}}}}}})
			return
		}
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"error":{"httpCode":404,"message":"No traces found"}}`))
	}))
	defer jaeger.Close()
	backEnd, err := NewBackEnd(jaeger.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	r, err := Examine(t.Context(), Options{Cloud: cloud, BackEnd: backEnd, Since: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if got := found(r); !slices.Equal(got, []string{"problem stored-elsewhere placement", "problem not-traced glance"}) {
		t.Errorf("%q", got)
	}
	for i, want := range []string{"are not in the back end: the back end has only", "is in the back end."} {
		if !strings.Contains(r.Findings[i].Seen, want) {
			t.Errorf("%s does not say %q", r.Findings[i].Seen, want)
		}
	}
	if first := r.Findings[0].Candidates[0].Cause; !strings.Contains(first, "otlp://") {
		t.Errorf("the likeliest cause for Placement is %q", first)
	}
	for _, service := range r.Services {
		want, other := map[string]string{"glance": "", "placement": elsewhere}[service.Name]
		if !other {
			want = inBackEnd
		}
		if service.Untested == "" && service.StoredIn != want {
			t.Errorf("%+v", service)
		}
	}
}

func jsonInt(n int64) string {
	text, _ := json.Marshal(n)
	return string(text)
}

// The report in JSON has everything, and never the key or a token.
func TestJSON(t *testing.T) {
	s := simulate(t)
	cloud := s.cloud(t)
	s.SetHMACKeys("image", newKey(t, "OTHER"))
	r, err := Examine(t.Context(), Options{Cloud: cloud, Store: s.store, Since: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := r.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	var report struct {
		Services []struct {
			Name, Traced, SQL string
			Digests           []string
		}
		Findings []struct {
			ID, Severity, Link string
			Candidates         []struct{ Cause, Check, Set string }
		}
	}
	if err := json.Unmarshal(out.Bytes(), &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Services) != 6 || report.Services[0].Name != "keystone" || report.Services[0].Traced != "yes" || report.Services[1].Traced != "no" || report.Services[5].Traced != "not tested" {
		t.Errorf("%+v", report.Services)
	}
	if f := report.Findings[0]; f.ID != "not-traced" || len(f.Candidates) != 4 || f.Link != page+"#not-traced" {
		t.Errorf("%+v", f)
	}
	for _, secret := range []string{"SECRET_KEY", cloud.Provider.Token()} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("a secret is in\n%s", &out)
		}
	}
}
