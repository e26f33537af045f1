// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ostrace/ostrace/hmac"
)

// work has the result of each operation: the headers that it sent, or would
// send on, and the ids that it read.
var work = map[string]string{
	"Extract/by=b3/headers=b3":                     "w3c, that trace",
	"Extract/by=osprofiler/headers=valid":          "w3c, signed, that trace",
	"Extract/by=w3c+osprofiler/headers=forged":     "w3c, that trace",
	"Extract/by=w3c+osprofiler/headers=valid":      "w3c, signed, that trace",
	"Extract/by=w3c+osprofiler/headers=w3c":        "w3c, that trace",
	"Extract/by=w3c/headers=w3c":                   "w3c, that trace",
	"Gophercloud/by=none":                          "",
	"Gophercloud/by=w3c":                           "w3c",
	"Gophercloud/by=w3c+floor":                     "w3c, signed",
	"Gophercloud/by=w3c+osprofiler":                "w3c, signed",
	"Gophercloud/by=w3c+osprofiler/key=none":       "w3c",
	"GophercloudOff/by=none":                       "",
	"GophercloudOff/by=w3c":                        "w3c, flag 0",
	"GophercloudOff/by=w3c+osprofiler":             "w3c, flag 0",
	"GophercloudOff/by=w3c+osprofiler/key=none":    "w3c, flag 0",
	"Handler/by=b3/headers=b3":                     "w3c, that trace",
	"Handler/by=naive/headers=valid":               "ids",
	"Handler/by=none":                              "",
	"Handler/by=osprofiler/headers=valid":          "w3c, signed, that trace",
	"Handler/by=w3c+floor/headers=valid":           "w3c, ids, that trace",
	"Handler/by=w3c+osprofiler/headers=valid":      "w3c, signed, that trace",
	"Handler/by=w3c/headers=w3c":                   "w3c, that trace",
	"HandlerOff/by=naive/headers=absent":           "",
	"HandlerOff/by=naive/headers=forged":           "",
	"HandlerOff/by=none":                           "",
	"HandlerOff/by=w3c+osprofiler/headers=absent":  "w3c, flag 0",
	"HandlerOff/by=w3c+osprofiler/headers=forged":  "w3c, flag 0, that trace",
	"HandlerOff/by=w3c+osprofiler/headers=huge":    "w3c, flag 0",
	"HandlerOff/by=w3c/headers=absent":             "w3c, flag 0",
	"HandlerOff/by=w3c/headers=forged":             "w3c, flag 0, that trace",
	"HandlerOff/by=w3c/headers=huge":               "w3c, flag 0",
	"Inject/by=b3":                                 "b3",
	"Inject/by=floor":                              "signed, that trace",
	"Inject/by=naive":                              "signed, that trace",
	"HandlerOff/by=w3c+osprofiler/headers=garbage": "w3c, flag 0",
	"Inject/by=osprofiler/span=none":               "",
	"Verify/by=osprofiler/headers=garbage":         "",
	"Inject/by=osprofiler":                         "signed, that trace",
	"Inject/by=osprofiler/span=unsampled":          "",
	"Inject/by=w3c":                                "w3c, that trace",
	"Inject/by=w3c+osprofiler":                     "w3c, signed, that trace",
	"Inject/by=w3c+osprofiler/key=none":            "w3c, that trace",
	"Inject/by=w3c+osprofiler/span=unsampled":      "w3c, flag 0, that trace",
	"Inject/by=w3c/span=unsampled":                 "w3c, flag 0, that trace",
	"Sign/by=floor":                                "signed, that trace",
	"Sign/by=naive":                                "signed, that trace",
	"Sign/by=osprofiler":                           "signed, that trace",
	"SignSHA256/by=floor":                          "signed, that trace",
	"SignSHA256/by=osprofiler":                     "signed, that trace",
	"VerifySHA256/by=floor/headers=valid":          "ids",
	"VerifySHA256/by=osprofiler/headers=forged":    "",
	"VerifySHA256/by=osprofiler/headers=refused":   "",
	"VerifySHA256/by=osprofiler/headers=valid":     "ids",
	"Transport/by=b3":                              "b3",
	"Transport/by=naive":                           "signed, that trace",
	"Transport/by=none":                            "",
	"Transport/by=osprofiler":                      "signed",
	"Transport/by=w3c":                             "w3c",
	"Transport/by=w3c+floor":                       "w3c, signed",
	"Transport/by=w3c+naive":                       "w3c, signed",
	"Transport/by=w3c+osprofiler":                  "w3c, signed",
	"TransportOff/by=b3":                           "b3",
	"TransportOff/by=naive":                        "signed, that trace",
	"TransportOff/by=none":                         "",
	"TransportOff/by=osprofiler":                   "",
	"TransportOff/by=w3c":                          "w3c, flag 0",
	"TransportOff/by=w3c+naive":                    "w3c, flag 0, signed",
	"TransportOff/by=w3c+osprofiler":               "w3c, flag 0",
	"Verify/by=floor/headers=valid":                "ids",
	"Verify/by=naive/headers=forged":               "",
	"Verify/by=naive/headers=valid":                "ids",
	"Verify/by=osprofiler/headers=absent":          "",
	"Verify/by=osprofiler/headers=forged":          "",
	"Verify/by=osprofiler/headers=huge":            "",
	"Verify/by=osprofiler/headers=unspaced":        "ids",
	"Verify/by=osprofiler/headers=valid":           "ids",
}

// Each compared operation does the work in its name.
func TestEachDoesItsWork(t *testing.T) {
	compared := 0
	for group, operations := range groups {
		var seen http.Header
		for _, o := range operations(func(header http.Header) { seen = header.Clone() }) {
			seen = nil
			o.run()
			want, ok := work[group+"/"+o.name]
			if got := describe(t, seen); got != want || !ok {
				t.Errorf("%s/%s: %q, want %q", group, o.name, got, want)
			}
			compared++
		}
	}
	if compared != len(work) {
		t.Errorf("%d operations, want %d", compared, len(work))
	}
}

func describe(t *testing.T, header http.Header) string {
	t.Helper()
	w3c := header.Get("Traceparent")
	signedTrace, _, err := hmac.Keys{key}.SignedUnpack(header.Get("X-Trace-Info"), header.Get("X-Trace-Hmac"))
	if err == nil && w3c != "" && !strings.Contains(w3c, strings.ReplaceAll(signedTrace.BaseID, "-", "")) {
		t.Errorf("two traces: %v", header)
	}
	var words []string
	for _, word := range []struct {
		text string
		said bool
	}{
		{"w3c", strings.HasSuffix(w3c, "-01")},
		{"w3c, flag 0", strings.HasSuffix(w3c, "-00")},
		{"b3", header.Get("B3") != ""},
		{"ids", strings.Contains(strings.Join(header["Ids"], ""), baseID)},
		{"signed", err == nil},
		{"that trace", strings.Contains(w3c, strings.ReplaceAll(baseID, "-", "")) || signedTrace.BaseID == baseID},
	} {
		if word.said {
			words = append(words, word.text)
		}
	}
	return strings.Join(words, ", ")
}
