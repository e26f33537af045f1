// SPDX-License-Identifier: Apache-2.0

package simcloud

import (
	"encoding/base64"
	"net/http"
	"slices"
	"sync"
	"time"
)

// keystone is Keystone's v3 API: tokens and the catalog.
type keystone struct {
	service *service

	mu     sync.Mutex
	tokens map[string]token
}

type token struct {
	method  string
	scoped  bool
	issued  time.Time
	expires time.Time
}

func newToken() string {
	return "gAAAAAB" + base64.RawURLEncoding.EncodeToString(randomBytes(96))
}

func setUpKeystone(s *service) {
	k := &keystone{service: s, tokens: map[string]token{}}
	s.cloud.keystone = k
	v3 := newVersion("v3.14", "stable", s.url+"/v3/")
	s.versions = map[string]versions{
		"":    several(http.StatusMultipleChoices, object{"values": []version{v3}}),
		"/v3": one(v3),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v3/auth/tokens", k.issue)
	mux.HandleFunc("GET /v3/auth/tokens", k.validate) // and HEAD
	mux.HandleFunc("DELETE /v3/auth/tokens", k.revoke)
	mux.HandleFunc("GET /v3/auth/catalog", k.showCatalog)
	mux.HandleFunc("GET /v3/projects", k.listProjects)
	mux.HandleFunc("GET /v3/auth/projects", k.listProjects) // those of the user
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		keystoneError(w, http.StatusNotFound, "The resource could not be found.")
	})
	s.handler = mux
}

func keystoneError(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, object{"error": object{
		"code": status, "message": message, "title": http.StatusText(status),
	}})
}

type domain struct{ ID, Name string }

func (d domain) matches() bool { return d.ID == domainID || d.Name == domainName }

type authentication struct {
	Auth struct {
		Identity struct {
			Methods  []string
			Password struct {
				User struct {
					ID, Name, Password string
					Domain             domain
				}
			}
			Token struct{ ID string }
		}
		Scope *struct {
			Project struct {
				ID, Name string
				Domain   domain
			}
		}
	}
}

// issue answers a request for a token, by password or by another token.
func (k *keystone) issue(w http.ResponseWriter, r *http.Request) {
	var given authentication
	if !readJSON(r, &given) || len(given.Auth.Identity.Methods) != 1 {
		keystoneError(w, http.StatusBadRequest, "Expecting to find auth in request body.")
		return
	}
	p := k.service.process
	p.sql(r.Context(), "SELECT project.id, project.name, project.domain_id FROM project WHERE project.name = %(name_1)s AND project.domain_id = %(domain_id_1)s",
		params{"name_1": domainName, "domain_id_1": domainID})
	p.sql(r.Context(), "SELECT user.id, user.enabled, local_user.name FROM user LEFT OUTER JOIN local_user ON user.id = local_user.user_id WHERE local_user.name = %(name_1)s",
		params{"name_1": given.Auth.Identity.Password.User.Name})
	p.sql(r.Context(), "SELECT password.id, password.expires_at_int FROM password WHERE password.local_user_id = %(param_1)s",
		params{"param_1": 1})

	issued := token{method: given.Auth.Identity.Methods[0], issued: time.Now().UTC()}
	issued.expires = issued.issued.Add(time.Hour)
	known := false
	switch user := given.Auth.Identity.Password.User; issued.method {
	case "password":
		known = user.Password == password && (user.ID == userID || user.Name == userName && user.Domain.matches())
	case "token":
		_, known = k.token(given.Auth.Identity.Token.ID)
	}
	if scope := given.Auth.Scope; scope != nil {
		issued.scoped = true
		known = known && (scope.Project.ID == projectID || scope.Project.Name == projectName && scope.Project.Domain.matches())
	}
	if !known {
		k.service.unauthorized(w)
		return
	}
	p.sql(r.Context(), "SELECT assignment.type, assignment.role_id FROM assignment WHERE assignment.actor_id IN (%(actor_id_1)s)",
		params{"actor_id_1": userID})
	p.sql(r.Context(), "SELECT service.id, service.type, endpoint.url FROM service INNER JOIN endpoint ON service.id = endpoint.service_id WHERE service.enabled = true",
		params{})

	id := newToken()
	k.mu.Lock()
	k.tokens[id] = issued
	k.mu.Unlock()
	w.Header().Set("X-Subject-Token", id)
	writeJSON(w, http.StatusCreated, k.describe(issued))
}

func (k *keystone) describe(t token) object {
	const python = "2006-01-02T15:04:05.000000Z"
	in := object{"id": domainID, "name": domainName}
	described := object{
		"methods":    []string{t.method},
		"user":       object{"id": userID, "name": userName, "domain": in, "password_expires_at": nil},
		"issued_at":  t.issued.Format(python),
		"expires_at": t.expires.Format(python),
	}
	if t.scoped {
		described["project"] = object{"id": projectID, "name": projectName, "domain": in}
		described["is_domain"] = false
		described["roles"] = []object{{"id": "c6b2e8a1f0d94b57", "name": "admin"}, {"id": "e1d5a4c3b2f04968", "name": "member"}}
		described["catalog"] = k.service.cloud.catalog()
	}
	return object{"token": described}
}

// token returns a token that was issued, or the token of a service's own user,
// for whom the cloud's only user stands.
func (k *keystone) token(id string) (token, bool) {
	k.mu.Lock()
	t, ok := k.tokens[id]
	k.mu.Unlock()
	if ok {
		return t, true
	}
	if !slices.ContainsFunc(k.service.cloud.processes, func(p *process) bool { return p.token == id }) {
		return token{}, false
	}
	now := time.Now().UTC()
	return token{method: "password", scoped: true, issued: now, expires: now.Add(time.Hour)}, true
}

// authorized reports whether the request itself has a token, and answers it if
// it has none.
func (k *keystone) authorized(w http.ResponseWriter, r *http.Request) bool {
	_, ok := k.token(r.Header.Get("X-Auth-Token"))
	if !ok {
		k.service.unauthorized(w)
	}
	return ok
}

// subject returns the token that the request is about, and answers the request
// if there is none.
func (k *keystone) subject(w http.ResponseWriter, r *http.Request) (t token, ok bool) {
	if !k.authorized(w, r) {
		return token{}, false
	}
	p := k.service.process
	p.sql(r.Context(), "SELECT user.id, user.enabled FROM user WHERE user.id = %(param_1)s",
		params{"param_1": userID})
	p.sql(r.Context(), "SELECT revocation_event.id, revocation_event.audit_id, revocation_event.issued_before FROM revocation_event WHERE revocation_event.issued_before >= %(issued_before_1)s",
		params{"issued_before_1": "2026-01-01T00:00:00"})
	if t, ok = k.token(r.Header.Get("X-Subject-Token")); !ok {
		keystoneError(w, http.StatusNotFound, "Failed to validate token")
	}
	return t, ok
}

func (k *keystone) validate(w http.ResponseWriter, r *http.Request) {
	t, ok := k.subject(w, r)
	if !ok {
		return
	}
	w.Header().Set("X-Subject-Token", r.Header.Get("X-Subject-Token"))
	writeJSON(w, http.StatusOK, k.describe(t))
}

func (k *keystone) revoke(w http.ResponseWriter, r *http.Request) {
	if _, ok := k.subject(w, r); !ok {
		return
	}
	k.service.process.sql(r.Context(), "INSERT INTO revocation_event (audit_id, issued_before, revoked_at) VALUES (%(audit_id)s, %(issued_before)s, %(revoked_at)s)",
		params{"audit_id": "simulated"})
	k.mu.Lock()
	delete(k.tokens, r.Header.Get("X-Subject-Token"))
	k.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}

func (k *keystone) revokeAll() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.tokens)
}

func (k *keystone) showCatalog(w http.ResponseWriter, r *http.Request) {
	if k.authorized(w, r) {
		writeJSON(w, http.StatusOK, object{"catalog": k.service.cloud.catalog()})
	}
}

func (k *keystone) listProjects(w http.ResponseWriter, r *http.Request) {
	if !k.authorized(w, r) {
		return
	}
	k.service.process.sql(r.Context(), "SELECT project.id, project.name, project.domain_id FROM project WHERE project.domain_id != %(domain_id_1)s",
		params{"domain_id_1": "<<keystone.domain.root>>"})
	projects := []object{{
		"id": projectID, "name": projectName, "description": "", "domain_id": domainID, "parent_id": domainID,
		"enabled": true, "is_domain": false, "tags": []string{}, "options": object{},
		"links": object{"self": k.service.endpoint() + "/projects/" + projectID},
	}}
	writeJSON(w, http.StatusOK, object{
		"projects": filter(projects, r.URL.Query(), "id", "name", "domain_id"),
		"links":    object{"self": k.service.endpoint() + "/projects", "previous": nil, "next": nil},
	})
}
