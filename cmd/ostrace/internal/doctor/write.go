// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/ostrace/ostrace/hmac"
)

// writtenName is the name of the server and the volume.
const writtenName = "ostrace-doctor"

// write creates and deletes a server and a volume, in one trace. What does not work
// is a note.
func (e *examination) write(ctx context.Context) {
	in := newIDs()
	e.written = in.baseID()
	e.own[e.written] = true
	for _, t := range e.targets {
		if t.Untested != "" || t.signed[0].failure != nil { // it would only fail again
			continue
		}
		switch t.Name {
		case "nova":
			server, err := e.server(ctx, t)
			if err == nil {
				e.session.header = map[string]string{"OpenStack-API-Version": "compute 2.37"} // the first with networks: none
				err = e.createAndDelete(ctx, t, in, "server", server, "ACTIVE", "ERROR")
				e.session.header = nil // Cinder refuses requests with it
			}
			e.noteFailure("server", err)
		case "cinder":
			volume := map[string]any{"name": writtenName, "size": 1}
			e.noteFailure("volume", e.createAndDelete(ctx, t, in, "volume", volume, "available", "error"))
		}
	}
	if e.Store != nil {
		e.awaitTrace(ctx)
	}
}

func (e *examination) noteFailure(what string, err error) {
	if err != nil {
		e.notes = append(e.notes, fmt.Sprintf("The %s of --write: %s.", what, err))
	}
}

type flavor struct {
	ID               string
	VCPUs, RAM, Disk int
}

// server returns a server with the smallest flavor that an image fits into.
func (e *examination) server(ctx context.Context, nova *target) (map[string]any, error) {
	var flavors struct{ Flavors []flavor }
	if err := e.read(ctx, nova, "/flavors/detail", &flavors); err != nil {
		return nil, err
	}
	var images struct {
		Images []struct {
			ID      string
			MinRAM  int `json:"min_ram"`
			MinDisk int `json:"min_disk"`
		}
	}
	i := slices.IndexFunc(e.targets, func(t *target) bool { return t.Name == "glance" && t.Untested == "" })
	if i < 0 {
		return nil, errors.New("it needs an image, and there is no Glance")
	}
	if err := e.read(ctx, e.targets[i], "/images?status=active&sort=size:asc&limit=100", &images); err != nil {
		return nil, err
	}
	slices.SortStableFunc(flavors.Flavors, func(a, b flavor) int {
		return cmp.Or(cmp.Compare(a.RAM, b.RAM), cmp.Compare(a.VCPUs, b.VCPUs), cmp.Compare(a.Disk, b.Disk))
	})
	for _, flavor := range flavors.Flavors {
		for _, image := range images.Images {
			if flavor.RAM >= image.MinRAM && flavor.Disk >= image.MinDisk {
				return map[string]any{"name": writtenName, "flavorRef": flavor.ID, "imageRef": image.ID, "networks": "none"}, nil
			}
		}
	}
	return nil, errors.New("no image of the cloud fits into one of its flavors")
}

// read gets something from a service, without a trace.
func (e *examination) read(ctx context.Context, t *target, path string, into any) error {
	address, err := t.probe.url(t.endpoint, path)
	if err != nil {
		return err
	}
	return outcome(e.session.do(ctx, http.MethodGet, address, newIDs(), hmac.Key{}, nil, into))
}

// createAndDelete creates something, waits until it has one of the statuses, deletes
// it, and waits until it is gone. The requests to create and delete it are signed.
func (e *examination) createAndDelete(ctx context.Context, t *target, in ids, kind string, what map[string]any, statuses ...string) error {
	collection, err := t.probe.url(t.endpoint, "/"+kind+"s")
	if err != nil {
		return err
	}
	var created map[string]struct{ ID string }
	r := e.session.do(ctx, http.MethodPost, collection, child(in), e.Cloud.Key, map[string]any{kind: what}, &created)
	if err := outcome(r); err != nil {
		return err
	}
	one := collection + "/" + created[kind].ID
	waited := e.until(ctx, func() (bool, error) {
		var now map[string]struct{ Status string }
		err := outcome(e.session.do(ctx, http.MethodGet, one, newIDs(), hmac.Key{}, nil, &now))
		return slices.Contains(statuses, now[kind].Status), err
	})
	// It is deleted also when the user has interrupted ostrace.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writePatience)
	defer cancel()
	if err := outcome(e.session.do(ctx, http.MethodDelete, one, child(in), e.Cloud.Key, nil, nil)); err != nil {
		return fmt.Errorf("%s could not be deleted: %w; delete it yourself", created[kind].ID, err)
	}
	if waited != nil {
		return waited
	}
	return e.until(ctx, func() (bool, error) {
		r := e.session.do(ctx, http.MethodGet, one, newIDs(), hmac.Key{}, nil, nil)
		if r.status == http.StatusNotFound {
			return true, nil
		}
		return false, outcome(r)
	})
}

// child returns the ids of another span in the same trace.
func child(in ids) ids {
	return ids{in.trace, newIDs().span}
}

// until repeats a look until it reports true.
func (e *examination) until(ctx context.Context, look func() (bool, error)) error {
	for deadline := time.Now().Add(writePatience); time.Now().Before(deadline); {
		done, err := look()
		if err != nil || done {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
	return fmt.Errorf("it was not ready after %s", writePatience)
}

// awaitTrace waits until the trace of what was written is complete, or no longer
// grows.
func (e *examination) awaitTrace(ctx context.Context) {
	length, since := 0, time.Now()
	// The examination reads the trace again, and reports the error of the store.
	_ = e.until(ctx, func() (bool, error) {
		t, err := e.stored(ctx, e.written)
		if err != nil {
			return false, err
		}
		if t.Len() != length {
			length, since = t.Len(), time.Now()
			return false, nil
		}
		complete := length > 0 && t.Defects.Unfinished == 0 && len(t.Findings().Unanswered) == 0
		return complete || time.Since(since) > writeQuiet, nil
	})
}

// outcome returns an error for a request that failed.
func outcome(r *request) error {
	switch {
	case r.failure != nil:
		return r.failure
	case r.status >= http.StatusBadRequest:
		return fmt.Errorf("the answer was %d %s", r.status, http.StatusText(r.status))
	}
	return nil
}
