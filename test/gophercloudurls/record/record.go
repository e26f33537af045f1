// SPDX-License-Identifier: Apache-2.0

// Package record is compiled into a copy of gophercloud. It records each
// request that the unit tests make, and the parts of its URL that are literals.
//
// The copy's URL builders pass every part that is not a constant to [Variable],
// its ServiceClient.ServiceURL is [URL], and [Handler] wraps the servers of its
// tests.
package record

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
)

// DirectoryVariable is the environment variable that names the folder in which
// each process writes its own file.
const DirectoryVariable = "GOPHERCLOUDURLS_DIR"

// variableMark begins a part of a URL that is not a constant of its builder.
const variableMark = "\x00"

// Variable marks a part of a URL that is not a constant.
func Variable(part string) string { return variableMark + part }

var (
	mu sync.Mutex
	// built has the patterns of the URLs that were built, by escaped path.
	built = map[string]string{}
)

// URL joins the parts of a URL, and records which of them are variable.
func URL(base string, parts []string) string {
	plain, pattern := make([]string, len(parts)), make([]string, len(parts))
	for i, part := range parts {
		value, variable := strings.CutPrefix(part, variableMark)
		plain[i], pattern[i] = value, value
		if variable {
			pattern[i] = "{id}"
		}
	}
	joined := base + strings.Join(plain, "/")
	if u, err := url.Parse(joined); err == nil {
		if b, err := url.Parse(base); err == nil {
			mu.Lock()
			built[u.EscapedPath()] = b.EscapedPath() + strings.Join(pattern, "/")
			mu.Unlock()
		}
	}
	return joined
}

// Handler records each request before next answers it: the folder of the tests,
// the method, the path, and the pattern of the path, which is "-" where no URL
// builder made it.
func Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.EscapedPath()
		mu.Lock()
		err := write(r.Method, path, patternOf(path))
		mu.Unlock()
		if err != nil {
			panic(err) // the tests of the copy fail, and so does the program
		}
		next.ServeHTTP(w, r)
	})
}

// patternOf returns the pattern of the URL with that path. Some functions of
// gophercloud append a word, such as "/add_prefixes", to the URL of a resource.
func patternOf(path string) string {
	for whole := path; ; {
		if pattern := built[path]; path == whole && pattern != "" || strings.HasSuffix(pattern, "{id}") {
			return pattern + whole[len(path):]
		}
		slash := strings.LastIndexByte(path, '/')
		if slash < 0 {
			return "-"
		}
		path = path[:slash]
	}
}

func write(method, path, pattern string) error {
	folder, err := os.Getwd() // the folder of a test's package
	if err != nil {
		return err
	}
	records, err := os.OpenRoot(os.Getenv(DirectoryVariable))
	if err != nil {
		return err
	}
	defer func() { _ = records.Close() }()
	file, err := records.OpenFile(strconv.Itoa(os.Getpid()), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(file, "%s\t%s\t%s\t%s\n", folder, method, path, pattern)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return err
}
