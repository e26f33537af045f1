// SPDX-License-Identifier: Apache-2.0

package simcloud

import (
	"net/http"
	"strings"
)

// images are Glance's images. Two of them have the same name.
var images = []object{
	image("11111111-5c1d-4b6e-9a40-0f2f3a6d1c01", "tiny"),
	image("22222222-5c1d-4b6e-9a40-0f2f3a6d1c02", "twins"),
	image("33333333-5c1d-4b6e-9a40-0f2f3a6d1c03", "twins"),
}

func image(id, name string) object {
	return object{
		"id":               id,
		"name":             name,
		"status":           "active",
		"visibility":       "public",
		"owner":            projectID,
		"container_format": "bare",
		"disk_format":      "raw",
		"size":             40,
		"min_disk":         0,
		"min_ram":          0,
		"protected":        false,
		"os_hidden":        false,
		"tags":             []string{},
		"checksum":         "e2d0fe1585a63ec6009c8016ff8dda8b",
		"created_at":       "2026-01-01T00:00:00Z",
		"updated_at":       "2026-01-01T00:00:00Z",
		"self":             "/v2/images/" + id,
		"file":             "/v2/images/" + id + "/file",
		"schema":           "/v2/schemas/image",
	}
}

func setUpGlance(s *service) {
	s.requestID = adoptedRequestID
	s.versions = map[string]versions{"": several(http.StatusMultipleChoices, []version{
		newVersion("v2.15", "CURRENT", s.url+"/v2/"),
		newVersion("v2.9", "SUPPORTED", s.url+"/v2/"),
	})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v2/images", func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		s.process.sql(r.Context(), "SELECT images.id, images.name, images.status FROM images WHERE images.deleted = %(deleted_1)s AND images.name = %(name_1)s ORDER BY images.created_at DESC",
			params{"deleted_1": 0, "name_1": query.Get("name")})
		s.process.sql(r.Context(), "SELECT image_tags.image_id, image_tags.value FROM image_tags WHERE image_tags.deleted = %(deleted_1)s",
			params{"deleted_1": 0})
		writeJSON(w, http.StatusOK, object{
			"images": filter(images, query, "id", "name", "status", "visibility"),
			"first":  "/v2/images",
			"schema": "/v2/schemas/images",
		})
	})
	mux.HandleFunc("GET /v2/images/{id}", func(w http.ResponseWriter, r *http.Request) {
		id := r.PathValue("id")
		s.process.sql(r.Context(), "SELECT images.id, images.name, images.status FROM images WHERE images.id = %(id_1)s",
			params{"id_1": id})
		found := find(images, id)
		if found == nil {
			glanceNotFound(w, "No image found with ID "+id)
			return
		}
		writeJSON(w, http.StatusOK, found)
	})
	mux.HandleFunc("GET /v2/images/{id}/file", func(w http.ResponseWriter, r *http.Request) {
		if find(images, r.PathValue("id")) == nil {
			glanceNotFound(w, "No image found with ID "+r.PathValue("id"))
			return
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write([]byte(strings.Repeat("simcloud", 5)))
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		glanceNotFound(w, "The resource could not be found.")
	})
	s.handler = s.authenticated(mux)
}

func glanceNotFound(w http.ResponseWriter, message string) {
	writeJSON(w, http.StatusNotFound, object{
		"message": message + "<br /><br />\n\n\n", "code": "404 Not Found", "title": "Not Found",
	})
}
