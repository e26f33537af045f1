// SPDX-License-Identifier: Apache-2.0

package main

// place is the package of tests.
type place struct {
	module, folder string
	// all says that the page lists all tests of the package.
	all bool
}

func (p place) dir() string { return p.module + "/" + p.folder }

var (
	library      = place{".", "test/faults", true}
	createserver = place{"examples", "createserver", false}
	service      = place{"examples", "service", false}
)

var places = []place{library, createserver, service}

// section is a part of the page.
type section struct {
	title string
	tests []named
}

// named is the name of a test.
type named struct {
	place
	name string
}

var sections = []section{
	{"The cloud answers badly", []named{
		{library, "TestAnswers"},
		{library, "TestHTTP2"},
		{createserver, "TestCloudFails"},
		{createserver, "TestRefused"},
		{createserver, "TestNotDeleted"},
	}},
	{"The connection fails", []named{
		{library, "TestConnections"},
		{library, "TestKeptConnectionIsLost"},
		{createserver, "TestAnswerLost"},
		{createserver, "TestNothingBehindTheLostAnswer"},
		{createserver, "TestNoLookBehindTheLostAnswer"},
	}},
	{"The program gives up", []named{
		{library, "TestCancelled"},
		{library, "TestCallerGivesUp"},
		{createserver, "TestInterrupted"},
		{createserver, "TestInterruptedBetweenLooks"},
		{createserver, "TestInterruptedBeforeItBegins"},
		{createserver, "TestSignal"},
	}},
	{"The program's own code panics", []named{
		{library, "TestRoundTripperPanics"},
		{library, "TestHandlerPanics"},
	}},
	{"The back end takes no spans", []named{
		{createserver, "TestBackendDoesNotTakeSpans"},
		{createserver, "TestSlowBackend"},
	}},
	{"Keys are rotated", []named{
		{library, "TestRotation"},
	}},
	{"A server is hostile", []named{
		{library, "TestHostileAnswers"},
		{library, "TestLookAlikes"},
	}},
	{"A client is hostile", []named{
		{library, "TestHostileRequests"},
		{library, "TestHostileContext"},
	}},
	{"Somebody looks for the key", []named{
		{library, "TestKeyStaysInside"},
		{library, "TestFormsAreFound"},
		{createserver, "TestKeyInProcessListing"},
		{service, "TestKeysInProcessListing"},
	}},
}
