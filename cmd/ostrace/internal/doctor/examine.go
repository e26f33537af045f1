// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"

	"github.com/ostrace/ostrace/hmac"
	"github.com/ostrace/ostrace/points"
)

// Cloud is the cloud to which requests are sent.
type Cloud struct {
	// Provider has authenticated with a new token.
	Provider *gophercloud.ProviderClient
	// Endpoint chooses the region and the interface of the endpoints.
	Endpoint gophercloud.EndpointOpts
	// Key is one of the cloud's hmac_keys.
	Key hmac.Key
}

// Options say where to look. One of Cloud and Store must be there.
type Options struct {
	// Cloud is the cloud, or nil to look at the store alone.
	Cloud *Cloud
	// Store is the store of the services' points, or nil.
	Store points.Store
	// BackEnd is the back end that has the services' spans, or nil.
	BackEnd *BackEnd
	// Since is the age up to which the traces of the store are read.
	Since time.Duration
	// Write says that a server and a volume may be created and deleted.
	Write bool
}

// The times for which an examination waits for records. They are variables for the
// tests.
var (
	// pause is the time between two looks.
	pause = 250 * time.Millisecond
	// storePatience is how long points can take to the store, and backEndPatience how
	// long spans can take to the back end: OpenTelemetry's SDKs send them every 5
	// seconds.
	storePatience   = 3 * time.Second
	backEndPatience = 10 * time.Second
	// writePatience is how long a server or a volume can take, and the points of it,
	// of which writeQuiet is how long none can come.
	writePatience = time.Minute
	writeQuiet    = 5 * time.Second
)

// examination is the state of one call of [Examine].
type examination struct {
	Options
	session *session
	targets []*target
	mark    int
	own     map[string]bool // the base_ids of the examination's own requests
	written string          // the base_id of what --write did, or empty
	notes   []string
}

// Examine looks at the cloud, the store and the back end, and reports what it found
// out. The error is that of the store, the back end or the context. Failures of
// single services are findings.
func Examine(ctx context.Context, o Options) (*Report, error) {
	e := &examination{Options: o, mark: newMark(), own: map[string]bool{}}
	r := &Report{}
	sightings := map[*request]sighting{}
	if o.Cloud != nil {
		if err := e.find(); err != nil {
			return nil, err
		}
		for _, t := range e.targets {
			if t.Untested == "" {
				e.ask(ctx, t)
			}
		}
		if o.Write {
			e.write(ctx)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var err error
		if sightings, err = e.await(ctx); err != nil {
			return nil, err
		}
	}
	traces := newTraces(e)
	if o.Store != nil {
		if err := traces.read(ctx); err != nil {
			return nil, err
		}
	}
	e.judge(r, sightings, traces)
	return r, nil
}

// find finds the services in the catalog.
func (e *examination) find() error {
	result, ok := e.Cloud.Provider.GetAuthResult().(tokens.CreateResult)
	if !ok {
		return errors.New("the identity service returned no catalog: doctor needs version 3 of its API")
	}
	catalog, err := result.ExtractServiceCatalog()
	if err != nil {
		return fmt.Errorf("the catalog can't be read: %w", err)
	}
	e.session = newSession(e.Cloud.Provider)
	if e.targets = targets(catalog, e.Cloud.Endpoint, e.mark); len(e.targets) == 0 {
		return errors.New("the user's catalog is empty: name a project, with OS_PROJECT_NAME and OS_PROJECT_DOMAIN_NAME or in clouds.yaml")
	}
	return nil
}

// digests are the digests with which requests are signed. SHA-1, which every
// released OSProfiler accepts, comes first: only the first request with a new token
// makes a service ask Keystone.
var digests = []hmac.Digest{hmac.SHA1, hmac.SHA256}

// ask sends a service its requests.
func (e *examination) ask(ctx context.Context, t *target) {
	for _, digest := range digests {
		key, err := e.Cloud.Key.WithDigests(digest)
		if err != nil {
			continue // Go's FIPS 140-only mode does not allow it
		}
		r := e.session.get(ctx, t.url, key)
		e.own[r.trace.baseID()] = true
		t.signed = append(t.signed, r)
		if r.failure != nil {
			return
		}
	}
	if len(t.signed) == 0 {
		t.Untested = "Go's FIPS 140-only mode allows no signature with this key"
		return
	}
	t.unsigned = e.session.get(ctx, t.markedURL, hmac.Key{})
	e.own[t.unsigned.trace.baseID()] = true
}

// await looks for the records of all requests until each service has one, or until
// no more can be expected.
func (e *examination) await(ctx context.Context) (map[*request]sighting, error) {
	patience := time.Duration(0)
	if e.Store != nil {
		patience = storePatience
	}
	if e.BackEnd != nil {
		patience = backEndPatience
	}
	for deadline := time.Now().Add(patience); ; {
		all, complete, err := e.lookForAll(ctx)
		if err != nil || complete || !time.Now().Before(deadline) {
			return all, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
}

// lookForAll looks once for the records of all requests. complete says that each
// service that answers has one. The requests with the other digest were sent before
// the last look then, and services store points before they answer.
func (e *examination) lookForAll(ctx context.Context) (all map[*request]sighting, complete bool, err error) {
	all, complete = map[*request]sighting{}, true
	for _, t := range e.targets {
		seen := t.Untested != "" || t.signed[0].failure != nil
		for _, r := range t.signed {
			if all[r], err = e.look(ctx, r); err != nil {
				return nil, false, err
			}
			seen = seen || all[r].storedIn != ""
		}
		if t.unsigned != nil {
			if all[t.unsigned], err = e.look(ctx, t.unsigned); err != nil {
				return nil, false, err
			}
		}
		complete = complete && seen
	}
	return all, complete, nil
}
