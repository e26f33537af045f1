// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"regexp"

	"github.com/gophercloud/gophercloud/v2"
	computeservers "github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
)

// runKey is the key of the server's metadata that has a name of this run of the
// program. The server is found by it if the answer with its id is lost.
const runKey = "createserver_run"

// answered reports whether err says that the service itself refused the
// request, so that it did nothing.
func answered(err error) bool {
	if _, ok := errors.AsType[*gophercloud.ErrUnableToReauthenticate](err); ok {
		return true
	}
	unexpected, ok := errors.AsType[gophercloud.ErrUnexpectedResponseCode](err)
	return ok && unexpected.Actual != http.StatusBadGateway && unexpected.Actual != http.StatusGatewayTimeout
}

// refusedForGood reports whether err says that a service refused the request
// and would refuse it again.
func refusedForGood(err error) bool {
	if reauth, ok := errors.AsType[*gophercloud.ErrUnableToReauthenticate](err); ok {
		err = reauth.ErrReauth
	}
	unexpected, ok := errors.AsType[gophercloud.ErrUnexpectedResponseCode](err)
	if !ok {
		return false
	}
	switch unexpected.Actual {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusTooManyRequests, statusRateLimited:
		return false
	}
	return unexpected.Actual >= http.StatusBadRequest && unexpected.Actual < http.StatusInternalServerError
}

// statusRateLimited is the status with which Swift and others answer instead of
// 429.
const statusRateLimited = 498

// looks is the number of times that the program looks for a lost server. It
// takes about 3 s, because the cloud may still be creating the server.
const looks = 5

// findLost returns the id of the server that was created although the answer
// was lost. It is empty where there is none.
func (s *servers) findLost(ctx context.Context, wanted computeservers.CreateOpts) (id string, err error) {
	ctx, cancel := cleaningUp(ctx)
	defer cancel()
	ctx, end := step(ctx, "find lost server")
	defer s.progress.done()
	s.progress.show("looking whether the cloud created server %q anyway", wanted.Name)
	pause := newPause()
	for range looks {
		err = attempt(ctx, func(ctx context.Context) (err error) {
			id, err = s.ofRun(ctx, wanted)
			return err
		})
		if id != "" || refusedForGood(err) {
			break
		}
		if waited := pause.next(ctx); waited != nil {
			err = cmp.Or(err, waited)
			break
		}
	}
	if id == "" && err != nil {
		return "", end(explain(ctx, "look whether it exists anyway, and delete it by hand", err))
	}
	return id, end(nil)
}

// ofRun returns the id of the server that has the wanted name and run.
func (s *servers) ofRun(ctx context.Context, wanted computeservers.CreateOpts) (string, error) {
	page, err := computeservers.List(s.compute, computeservers.ListOpts{Name: "^" + regexp.QuoteMeta(wanted.Name) + "$"}).AllPages(ctx)
	if err != nil {
		return "", err
	}
	all, err := computeservers.ExtractServers(page)
	for _, server := range all {
		if server.Metadata[runKey] == wanted.Metadata[runKey] {
			return server.ID, err
		}
	}
	return "", err
}
