// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gophercloud/gophercloud/v2"
)

const thing = "http://cloud.example/v3/things"

// First, do no harm: whatever the cloud answers, the program sees the same as
// without the library, after the same time and the same requests.
func TestAnswers(t *testing.T) {
	// The test runs in the time of a synctest bubble, which also finds
	// goroutines that are left.
	ok := response("200 OK", `{"thing": 1}`, "Content-Length: 12")
	expired := response("401 Unauthorized", `{"error": {"code": 401}}`, `WWW-Authenticate: Keystone uri="http://cloud.example"`)
	renewed := func(p *gophercloud.ProviderClient) error {
		p.SetToken(p.Token() + "+")
		return nil
	}
	get := request{method: http.MethodGet, url: thing}
	retrying := request{method: http.MethodGet, url: thing, retry: true}
	renewing := request{method: http.MethodGet, url: thing, renew: renewed}
	post := request{method: http.MethodPost, url: thing, body: `{"thing": {}}`, header: http.Header{"X-Mine": {"yes"}}}
	timing := request{method: http.MethodGet, url: thing, timeout: 5 * time.Second}
	for name, test := range map[string]struct {
		request     request
		answer      host
		elsewhere   host
		gophercloud []string // the results in the spans
		http        []string
	}{
		"the cloud answers well":                                         {get, always(ok), nil, []string{"200 Unset"}, []string{"200 Unset"}},
		"the cloud answers well, and the program does not read it":       {request{method: http.MethodGet, url: thing, discard: true}, always(ok), nil, []string{"200 Unset"}, []string{"200 Unset"}},
		"the cloud answers 401 once, and takes a new token":              {renewing, inTurn(expired, ok), nil, []string{"401 Error 401", "200 Unset"}, []string{"401 Error 401"}},
		"the cloud answers 401 for ever, to new tokens too":              {renewing, always(expired), nil, []string{"401 Error 401", "401 Error 401"}, []string{"401 Error 401"}},
		"the cloud answers 401, and the program has no new token":        {get, always(expired), nil, []string{"401 Error 401"}, []string{"401 Error 401"}},
		"the cloud answers 401, and it is impossible to get a new token": {request{method: http.MethodGet, url: thing, renew: func(*gophercloud.ProviderClient) error { return errors.New("no") }}, always(expired), nil, []string{"401 Error 401"}, []string{"401 Error 401"}},
		"the cloud answers 401 once to a request with a body":            {request{method: http.MethodPost, url: thing, body: "a body", renew: renewed}, inTurn(expired, ok), nil, []string{"401 Error 401", "200 Unset"}, []string{"401 Error 401"}},
		"the cloud answers 409":                                          {post, always(response("409 Conflict", `{"conflictingRequest": {}}`)), nil, []string{"409 Error 409"}, []string{"409 Error 409"}},
		"the cloud answers 413":                                          {post, always(response("413 Request Entity Too Large", "", "Retry-After: 3")), nil, []string{"413 Error 413"}, []string{"413 Error 413"}},
		"the cloud answers 429, and the program gives up":                {get, always(response("429 Too Many Requests", "")), nil, []string{"429 Error 429"}, []string{"429 Error 429"}},
		"the cloud answers 429, and the program tries again":             {retrying, inTurn(response("429 Too Many Requests", ""), ok), nil, []string{"429 Error 429", "200 Unset"}, []string{"429 Error 429"}},
		"the cloud answers 429 with Retry-After, and the program waits":  {retrying, inTurn(response("429 Too Many Requests", "", "Retry-After: 30"), ok), nil, []string{"429 Error 429", "200 Unset"}, []string{"429 Error 429"}},
		"the cloud answers 429 for ever":                                 {retrying, always(response("429 Too Many Requests", "", "Retry-After: 30")), nil, []string{"429 Error 429", "429 Error 429", "429 Error 429", "429 Error 429"}, []string{"429 Error 429"}},
		"the cloud answers 498, and the program waits":                   {retrying, inTurn(response("498 Rate Limited", "", "Retry-After: 7"), ok), nil, []string{"498 Error 498", "200 Unset"}, []string{"498 Error 498"}},
		"the cloud answers 500":                                          {get, always(response("500 Internal Server Error", "<html>")), nil, []string{"500 Error 500"}, []string{"500 Error 500"}},
		"the cloud answers 503 twice, and then well":                     {retrying, inTurn(response("503 Service Unavailable", ""), response("503 Service Unavailable", ""), ok), nil, []string{"503 Error 503", "503 Error 503", "200 Unset"}, []string{"503 Error 503"}},
		"the cloud answers 503 for ever":                                 {retrying, always(response("503 Service Unavailable", "")), nil, []string{"503 Error 503", "503 Error 503", "503 Error 503", "503 Error 503"}, []string{"503 Error 503"}},
		"the cloud answers with an unknown status":                       {get, always(response("799 What", "")), nil, []string{"799 Error 799"}, []string{"799 Error 799"}},
		"the cloud answers 204":                                          {get, always(response("204 No Content", "")), nil, []string{"204 Unset"}, []string{"204 Unset"}},
		"the cloud answers 304":                                          {get, always(response("304 Not Modified", "")), nil, []string{"304 Unset"}, []string{"304 Unset"}},
		"the cloud sends early hints":                                    {get, always("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + ok), nil, []string{"200 Unset"}, []string{"200 Unset"}},
		"the cloud redirects to itself":                                  {get, inTurn(response("302 Found", "", "Location: /v3/other"), ok), nil, []string{"302 Unset", "200 Unset"}, []string{"302 Unset", "200 Unset"}},
		"the cloud redirects a request with a body":                      {post, inTurn(response("307 Temporary Redirect", "", "Location: /v3/other"), ok), nil, []string{"307 Unset", "200 Unset"}, []string{"307 Unset", "200 Unset"}},
		"the cloud redirects to another host":                            {get, always(response("302 Found", "", "Location: http://elsewhere.example/x")), always(ok), []string{"302 Unset", "200 Unset"}, []string{"302 Unset", "200 Unset"}},
		"the cloud redirects to another host, which redirects back":      {get, inTurn(response("302 Found", "", "Location: http://elsewhere.example/x"), ok), always(response("302 Found", "", "Location: "+thing)), []string{"302 Unset", "302 Unset", "200 Unset"}, []string{"302 Unset", "302 Unset", "200 Unset"}},
		"the cloud redirects for ever":                                   {get, always(response("302 Found", "", "Location: /v3/things")), nil, repeat(10, "302 Unset"), repeat(10, "302 Unset")},
		"the cloud redirects to something that is not a URL":             {get, always(response("302 Found", "", "Location: http://[::1")), nil, []string{"302 Unset"}, []string{"302 Unset"}},
		"the cloud redirects to an unknown scheme":                       {get, always(response("302 Found", "", "Location: gopher://cloud.example/")), nil, []string{"302 Unset", "0 Error *errors.errorString"}, []string{"302 Unset", "0 Error *errors.errorString"}},
		"the cloud answers with an empty body":                           {get, always(response("200 OK", "", "Content-Length: 0")), nil, []string{"200 Unset"}, []string{"200 Unset"}},
		"the cloud answers with half a body":                             {get, always(response("200 OK", `{"thing"`, "Content-Length: 100")), nil, []string{"200 Error *errors.errorString"}, []string{"200 Error *errors.errorString"}},
		"the cloud answers with half a chunk":                            {get, always(response("200 OK", "64\r\n{\"thing\"", "Transfer-Encoding: chunked")), nil, []string{"200 Error *errors.errorString"}, []string{"200 Error *errors.errorString"}},
		"the cloud answers with invalid chunks":                          {get, always(response("200 OK", "what", "Transfer-Encoding: chunked")), nil, []string{"200 Error *errors.errorString"}, []string{"200 Error *errors.errorString"}},
		"the cloud answers with more body than it announced":             {get, always(response("200 OK", `{"thing": 1}{"thing": 2}`, "Content-Length: 12")), nil, []string{"200 Unset"}, []string{"200 Unset"}},
		"the cloud answers with invalid JSON":                            {get, always(response("200 OK", `{"thing": `, "Content-Length: 10")), nil, []string{"200 Unset"}, []string{"200 Unset"}},
		"the cloud answers with invalid gzip":                            {get, always(response("200 OK", "not gzip at all", "Content-Encoding: gzip")), nil, []string{"200 Error *errors.errorString"}, []string{"200 Error *errors.errorString"}},
		"the cloud stalls before the header":                             {timing, func(int, *http.Request) answer { return answer{stall: true} }, nil, []string{"0 Error"}, []string{"0 Error"}},
		"the cloud stalls in the header":                                 {timing, func(int, *http.Request) answer { return answer{text: "HTTP/1.1 200 OK\r\nContent-Le", stall: true} }, nil, []string{"0 Error"}, []string{"0 Error"}},
		"the cloud stalls in the body": {timing, func(int, *http.Request) answer {
			return answer{text: response("200 OK", `{"thing"`, "Content-Length: 100"), stall: true}
		}, nil, []string{"200 Error"}, []string{"200 Error"}},
		"the cloud closes the connection before the header":      {get, always(""), nil, []string{"0 Error *errors.errorString"}, []string{"0 Error *errors.errorString"}},
		"the cloud closes the connection in the status line":     {get, always("HTTP/1."), nil, []string{"0 Error *errors.errorString"}, []string{"0 Error *errors.errorString"}},
		"the cloud closes the connection in the header":          {get, always("HTTP/1.1 200 OK\r\nContent-Le"), nil, []string{"0 Error net/textproto.ProtocolError"}, []string{"0 Error net/textproto.ProtocolError"}},
		"the cloud closes the connection after the header":       {get, always(response("200 OK", "", "Content-Length: 12")), nil, []string{"200 Error *errors.errorString"}, []string{"200 Error *errors.errorString"}},
		"the cloud closes the connection, and then answers well": {retrying, inTurn("", ok), nil, []string{"0 Error *errors.errorString", "200 Unset"}, []string{"0 Error *errors.errorString"}},
		"the cloud speaks another protocol":                      {get, always("220 mail.example ESMTP\r\n"), nil, []string{"0 Error *errors.errorString"}, []string{"0 Error *errors.errorString"}},
		"the cloud sends a header without a colon":               {get, always("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"), nil, []string{"0 Error net/textproto.ProtocolError"}, []string{"0 Error net/textproto.ProtocolError"}},
		"the cloud announces two lengths":                        {get, always(response("200 OK", "{}", "Content-Length: 2", "Content-Length: 3")), nil, []string{"0 Error *errors.errorString"}, []string{"0 Error *errors.errorString"}},
		"the cloud sends a header that is too large":             {get, always(response("200 OK", "{}", "X-Large: "+strings.Repeat("a", 11<<20))), nil, []string{"0 Error *errors.errorString"}, []string{"0 Error *errors.errorString"}},
		"the cloud sends a header without an end": {get, func(int, *http.Request) answer {
			return answer{text: "HTTP/1.1 200 OK\r\n", more: "X-More: " + strings.Repeat("a", 1<<16) + "\r\n"}
		}, nil, []string{"0 Error *errors.errorString"}, []string{"0 Error *errors.errorString"}},
		"the cloud is not there": {request{method: http.MethodGet, url: "http://nobody.example/"}, nil, nil, []string{"0 Error *net.OpError"}, []string{"0 Error *net.OpError"}},
	} {
		t.Run(name, func(t *testing.T) {
			for program := range programs {
				t.Run(program, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						n := newNetwork(map[string]host{"cloud.example:80": test.answer, "elsewhere.example:80": test.elsewhere})
						want := test.gophercloud
						if program == "otelhttp" {
							want = test.http
						}
						compare(t, program, n, func() http.RoundTripper { return n.transport() }, &test.request, background, want)
					})
				})
			}
		})
	}
}

func repeat(n int, text string) []string {
	var all []string
	for range n {
		all = append(all, text)
	}
	return all
}
