// SPDX-License-Identifier: Apache-2.0

package mongowire

import (
	"bufio"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/xdg-go/scram"
	"go.mongodb.org/mongo-driver/v2/bson"
)

// Server is a MongoDB server for tests.
type Server struct {
	// Address is the address on which it listens, as host:port.
	Address string

	mu          sync.Mutex
	collections map[string][]bson.Raw
	cursors     map[int64]*cursor
	lastCursor  int64
	conns       map[net.Conn]bool
	intercept   func(command string) (reply bson.D, hangUp bool)

	// credentials are those of the only user, if clients have to log in.
	user        string
	credentials scram.StoredCredentials

	tb testing.TB
}

// Start starts a server, which ends with the test. If a user is named, clients
// have to log in.
func Start(tb testing.TB, user, password string) *Server {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	s := &Server{
		Address:     listener.Addr().String(),
		collections: map[string][]bson.Raw{},
		cursors:     map[int64]*cursor{},
		conns:       map[net.Conn]bool{},
		tb:          tb,
	}
	if user != "" {
		s.setUser(user, password)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns[conn] = true
			s.mu.Unlock()
			running.Go(func() { s.serve(conn) })
		}
	})
	tb.Cleanup(func() {
		_ = listener.Close()
		s.mu.Lock()
		for conn := range s.conns {
			_ = conn.Close()
		}
		s.mu.Unlock()
		running.Wait()
	})
	return s
}

// Intercept lets a function answer the commands for which it returns a reply,
// and close the connections of those for which it returns hangUp.
func (s *Server) Intercept(function func(command string) (reply bson.D, hangUp bool)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intercept = function
}

// Insert stores documents in a collection, such as osprofiler.profiler.
func (s *Server) Insert(collection string, documents ...any) {
	s.tb.Helper()
	for _, document := range documents {
		raw, err := bson.Marshal(document)
		if err != nil {
			s.tb.Fatal(err)
		}
		s.mu.Lock()
		s.collections[collection] = append(s.collections[collection], raw)
		s.mu.Unlock()
	}
}

// Cursors returns the number of cursors that clients have neither read to the
// end nor closed.
func (s *Server) Cursors() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.cursors)
}

// serve answers one client's commands.
func (s *Server) serve(conn net.Conn) {
	defer func() {
		_ = conn.Close()
		s.mu.Lock()
		delete(s.conns, conn)
		s.mu.Unlock()
	}()
	reader := bufio.NewReader(conn)
	login := &login{server: s, done: s.user == ""}
	for {
		m, err := readMessage(reader)
		if err != nil {
			return // the connection is broken
		}
		reply, hangUp := s.answer(m, login)
		if hangUp {
			return
		}
		if m.noReply {
			continue
		}
		if err := writeReply(conn, m, reply); err != nil {
			return
		}
	}
}

// commandError is the failure of a command.
type commandError struct {
	code       int32
	name, text string
}

func (e commandError) Error() string { return e.text }

func badValue(format string, args ...any) error {
	return commandError{2, "BadValue", fmt.Sprintf(format, args...)}
}

func (s *Server) answer(m message, login *login) (reply bson.D, hangUp bool) {
	elements, err := m.command.Elements()
	if err != nil || len(elements) == 0 {
		return failed(badValue("an empty command")), false
	}
	name := elements[0].Key()

	s.mu.Lock()
	intercept := s.intercept
	s.mu.Unlock()
	if intercept != nil {
		if reply, hangUp = intercept(name); reply != nil || hangUp {
			return reply, hangUp
		}
	}
	switch name {
	case "hello", "isMaster", "ismaster":
		reply = s.hello(m.command)
	case "saslStart", "saslContinue":
		reply, err = login.step(m.command)
	default:
		if !login.done {
			return failed(commandError{13, "Unauthorized", "Command " + name + " requires authentication"}), false
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		reply, err = s.run(name, m)
	}
	if err != nil {
		return failed(err), false
	}
	return append(reply, bson.E{Key: "ok", Value: 1.0}), false
}

func failed(err error) bson.D {
	e, ok := err.(commandError) //nolint:errorlint // nothing wraps it
	if !ok {
		e = commandError{8, "UnknownError", err.Error()}
	}
	return bson.D{{Key: "ok", Value: 0.0}, {Key: "errmsg", Value: e.text}, {Key: "code", Value: e.code}, {Key: "codeName", Value: e.name}}
}

// hello returns the description of a standalone MongoDB 7.
func (s *Server) hello(command bson.Raw) bson.D {
	reply := bson.D{
		{Key: "helloOk", Value: true},
		{Key: "ismaster", Value: true},
		{Key: "isWritablePrimary", Value: true},
		{Key: "maxBsonObjectSize", Value: int32(16 << 20)},
		{Key: "maxMessageSizeBytes", Value: int32(maxMessage)},
		{Key: "maxWriteBatchSize", Value: int32(100_000)},
		{Key: "localTime", Value: time.Now()},
		{Key: "logicalSessionTimeoutMinutes", Value: int32(30)},
		{Key: "minWireVersion", Value: int32(0)},
		{Key: "maxWireVersion", Value: int32(21)},
		{Key: "readOnly", Value: false},
	}
	if _, err := command.LookupErr("saslSupportedMechs"); err == nil && s.user != "" {
		reply = append(reply, bson.E{Key: "saslSupportedMechs", Value: bson.A{mechanism}})
	}
	return reply
}
