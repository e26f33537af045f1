// SPDX-License-Identifier: Apache-2.0

package simcloud

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// swift is the part of Swift that stores and streams objects. Like the real
// Swift it does not use OSProfiler.
type swift struct {
	mu         sync.Mutex
	containers map[string]map[string]stored // objects by container and name
}

type stored struct {
	contentType string
	content     []byte
	modified    time.Time
}

func (o stored) etag() string {
	sum := md5.Sum(o.content)
	return hex.EncodeToString(sum[:])
}

func setUpSwift(s *service) {
	s.requestID = swiftTransactionID
	s.traced = false
	v := &swift{containers: map[string]map[string]stored{}}
	const account = "/v1/AUTH_" + projectID
	mux := http.NewServeMux()
	mux.HandleFunc("PUT "+account+"/{container}", v.createContainer)
	mux.HandleFunc("GET "+account+"/{container}", v.listObjects)
	mux.HandleFunc("DELETE "+account+"/{container}", v.deleteContainer)
	mux.HandleFunc("PUT "+account+"/{container}/{object...}", v.upload)
	mux.HandleFunc("GET "+account+"/{container}/{object...}", v.download) // and HEAD
	mux.HandleFunc("DELETE "+account+"/{container}/{object...}", v.deleteObject)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { swiftNotFound(w) })
	named := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Trans-Id", requestOf(r.Context()).id)
		mux.ServeHTTP(w, r)
	})
	s.handler = s.authenticated(named)
}

func swiftNotFound(w http.ResponseWriter) {
	swiftError(w, http.StatusNotFound, "The resource could not be found.")
}

func swiftError(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, "<html><h1>"+http.StatusText(status)+"</h1><p>"+message+"</p></html>")
}

func (v *swift) createContainer(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	name := r.PathValue("container")
	if _, ok := v.containers[name]; ok {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	v.containers[name] = map[string]stored{}
	w.WriteHeader(http.StatusCreated)
}

func (v *swift) listObjects(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	container, ok := v.containers[r.PathValue("container")]
	objects := maps.Clone(container)
	v.mu.Unlock()
	if !ok {
		swiftNotFound(w)
		return
	}
	list := []object{}
	for _, name := range slices.Sorted(maps.Keys(objects)) {
		if marker := r.URL.Query().Get("marker"); name <= marker {
			continue
		}
		o := objects[name]
		list = append(list, object{
			"name": name, "bytes": len(o.content), "hash": o.etag(), "content_type": o.contentType,
			"last_modified": o.modified.Format("2006-01-02T15:04:05.000000"),
		})
	}
	writeJSON(w, http.StatusOK, list)
}

func (v *swift) deleteContainer(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	name := r.PathValue("container")
	switch objects, ok := v.containers[name]; {
	case !ok:
		swiftNotFound(w)
	case len(objects) > 0:
		swiftError(w, http.StatusConflict, "There was a conflict when trying to complete your request.")
	default:
		delete(v.containers, name)
		w.WriteHeader(http.StatusNoContent)
	}
}

func (v *swift) upload(w http.ResponseWriter, r *http.Request) {
	content, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller is not there any more
	}
	uploaded := stored{contentType: r.Header.Get("Content-Type"), content: content, modified: time.Now().UTC()}
	if uploaded.contentType == "" {
		uploaded.contentType = "application/octet-stream"
	}
	v.mu.Lock()
	container, ok := v.containers[r.PathValue("container")]
	if ok {
		container[r.PathValue("object")] = uploaded
	}
	v.mu.Unlock()
	if !ok {
		swiftNotFound(w)
		return
	}
	w.Header().Set("Etag", uploaded.etag())
	w.WriteHeader(http.StatusCreated)
}

func (v *swift) download(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	o, ok := v.containers[r.PathValue("container")][r.PathValue("object")]
	v.mu.Unlock()
	if !ok {
		swiftNotFound(w)
		return
	}
	w.Header().Set("Content-Type", o.contentType)
	w.Header().Set("Etag", `"`+o.etag()+`"`)
	http.ServeContent(w, r, "", o.modified, bytes.NewReader(o.content))
}

func (v *swift) deleteObject(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	container := v.containers[r.PathValue("container")]
	_, ok := container[r.PathValue("object")]
	delete(container, r.PathValue("object"))
	v.mu.Unlock()
	if !ok {
		swiftNotFound(w)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
