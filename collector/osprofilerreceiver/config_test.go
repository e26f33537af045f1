// SPDX-License-Identifier: Apache-2.0

package osprofilerreceiver

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
)

func TestValidate(t *testing.T) {
	for name, test := range map[string]struct {
		config map[string]any
		want   string // a part of the error, or nothing
	}{
		"messaging": {map[string]any{"connection_string": "messaging://", "transport_url": "rabbit://u:secret@h1,u:secret@h2:5673/v", "storage": "file_storage"}, ""},
		"TLS":       {map[string]any{"connection_string": "messaging://", "transport_url": "rabbit://h/", "storage": "file_storage", "tls": map[string]any{"insecure_skip_verify": true}}, ""},
		"Redis":     {map[string]any{"connection_string": "redis://:secret@h", "storage": "file_storage/1", "poll_interval": "1s"}, ""},
		"database":  {map[string]any{"connection_string": "mysql+pymysql://u:secret@h/osprofiler", "storage": "file_storage"}, ""},
		"search":    {map[string]any{"connection_string": "elasticsearch://h", "storage": "file_storage"}, ""},
		"MongoDB":   {map[string]any{"connection_string": "mongodb://h", "storage": "file_storage"}, ""},

		"nothing":            {nil, "connection_string is missing"},
		"no storage":         {map[string]any{"connection_string": "redis://h"}, "storage is missing"},
		"no transport URL":   {map[string]any{"connection_string": "messaging://", "storage": "s"}, "transport_url is missing"},
		"host in the string": {map[string]any{"connection_string": "messaging://u:secret@h", "transport_url": "rabbit://h/", "storage": "s"}, "messaging:// alone"},
		"other broker":       {map[string]any{"connection_string": "messaging://", "transport_url": "kafka://u:secret@h/", "storage": "s"}, "rabbit://"},
		"no queue":           {map[string]any{"connection_string": "messaging://", "transport_url": "rabbit://h/", "storage": "s", "queue": ""}, "profiler.info"},
		"other driver":       {map[string]any{"connection_string": "otlp://secret:4318", "storage": "s"}, "otlp:// can't be read"},
		"broken string":      {map[string]any{"connection_string": "redis://:secret@h:x", "storage": "s"}, "port"},
		"URL for a store":    {map[string]any{"connection_string": "redis://h", "transport_url": "rabbit://u:secret@h/", "storage": "s"}, "only for messaging://"},
		"no interval":        {map[string]any{"connection_string": "redis://h", "storage": "s", "poll_interval": "0s"}, "poll_interval"},
		"no time":            {map[string]any{"connection_string": "redis://h", "storage": "s", "unfinished_after": "-1s"}, "unfinished_after"},
	} {
		t.Run(name, func(t *testing.T) {
			config := createDefaultConfig()
			if err := confmap.NewFromStringMap(test.config).Unmarshal(config); err != nil {
				t.Fatal(err)
			}
			err := confmap.Validate(config)
			switch {
			case test.want == "" && err != nil, test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("%v, want %q", err, test.want)
			case err != nil && strings.Contains(err.Error(), "secret"):
				t.Errorf("the error shows a password: %v", err)
			}
			if text := fmt.Sprintf("%v %+v %#v", config, config, config); strings.Contains(text, "secret") {
				t.Errorf("the configuration shows a password: %s", text)
			}
		})
	}
}

// The configurations in the documents are valid.
func TestDocuments(t *testing.T) {
	for _, file := range []string{"README.md", "../../docs/operators.md"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, example, _ := strings.Cut(string(text), "```yaml\n")
		example, _, _ = strings.Cut(example, "```")
		retrieved, err := confmap.NewRetrievedFromYAML([]byte(example))
		if err != nil {
			t.Fatal(err)
		}
		all, err := retrieved.AsConf()
		if err != nil {
			t.Fatal(err)
		}
		own, err := all.Sub("receivers::osprofiler")
		if err != nil {
			t.Fatal(err)
		}
		config := createDefaultConfig()
		if err := own.Unmarshal(config); err != nil {
			t.Fatal(err)
		}
		if err := confmap.Validate(config); err != nil || !config.(*Config).readsQueue() {
			t.Errorf("%s: %+v: %v", file, config, err)
		}
	}
}

// The defaults are those that README.md names.
func TestDefaults(t *testing.T) {
	got := createDefaultConfig().(*Config)
	var none *component.ID
	if got.Queue != "profiler.info" || got.UnfinishedAfter.String() != "10m0s" || got.PollInterval.String() != "5s" || got.Storage != none {
		t.Errorf("%+v", got)
	}
}
