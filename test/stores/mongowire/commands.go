// SPDX-License-Identifier: Apache-2.0

package mongowire

import (
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

const (
	// firstBatch is the number of documents that come with a cursor, and
	// maxBatch the number of bytes in a batch, unless the client asks for
	// fewer. It is less than MongoDB's 16 MB, so that tests can be smaller.
	firstBatch = 101
	maxBatch   = 1 << 20
)

// generic are the fields that every command can have.
var generic = []string{"$db", "lsid", "$readPreference", "$clusterTime", "readConcern", "writeConcern", "maxTimeMS", "comment"}

// commands are the known commands, with the fields that they can have.
var commands = map[string]struct {
	fields []string
	run    func(*Server, request) (bson.D, error)
}{
	"ping":        {nil, func(*Server, request) (bson.D, error) { return nil, nil }},
	"endSessions": {nil, func(*Server, request) (bson.D, error) { return nil, nil }},
	"insert":      {[]string{"documents", "ordered"}, (*Server).insert},
	"update":      {[]string{"updates", "ordered"}, (*Server).update},
	"find":        {[]string{"filter", "projection", "sort", "skip", "limit", "batchSize", "singleBatch"}, (*Server).find},
	"distinct":    {[]string{"key", "query"}, (*Server).distinct},
	"aggregate":   {[]string{"pipeline", "cursor", "allowDiskUse"}, (*Server).aggregate},
	"getMore":     {[]string{"collection", "batchSize"}, (*Server).getMore},
	"killCursors": {[]string{"cursors"}, (*Server).killCursors},
}

// request is a command with its database and collection.
type request struct {
	message
	// namespace is the name of the database and the collection.
	namespace string
}

// run runs a command, and no other at the same time.
func (s *Server) run(name string, m message) (bson.D, error) {
	command, known := commands[name]
	if !known {
		return nil, commandError{59, "CommandNotFound", "no such command: '" + name + "'"}
	}
	elements, err := m.command.Elements()
	if err != nil {
		return nil, err
	}
	for _, element := range elements[1:] {
		if key := element.Key(); !slices.Contains(command.fields, key) && !slices.Contains(generic, key) {
			return nil, commandError{40415, "IDLUnknownField", fmt.Sprintf("BSON field '%s.%s' is an unknown field.", name, key)}
		}
	}
	database, ok := m.command.Lookup("$db").StringValueOK()
	if !ok {
		return nil, badValue("the command has no $db")
	}
	collection, _ := elements[0].Value().StringValueOK()
	return command.run(s, request{m, database + "." + collection})
}

// documents returns the documents of a field, which can also be a sequence of
// the message.
func (r request) documents(field string) ([]bson.Raw, error) {
	if sequence, found := r.sequences[field]; found {
		return sequence, nil
	}
	array, ok := r.command.Lookup(field).ArrayOK()
	if !ok {
		return nil, badValue("no %s", field)
	}
	values, err := array.Values()
	if err != nil {
		return nil, err
	}
	documents := make([]bson.Raw, len(values))
	for i, value := range values {
		if documents[i], ok = value.DocumentOK(); !ok {
			return nil, badValue("%s has a %s", field, value.Type)
		}
	}
	return documents, nil
}

// number returns a field's number, or 0 if it has none.
func (r request) number(field string) int {
	n, _ := r.command.Lookup(field).AsInt64OK()
	return int(n)
}

func (s *Server) insert(r request) (bson.D, error) {
	documents, err := r.documents("documents")
	if err != nil {
		return nil, err
	}
	for _, document := range documents {
		if elements, _ := document.Elements(); len(elements) == 0 || elements[0].Key() != "_id" {
			return nil, badValue("the document does not begin with _id, as those of clients do")
		}
		s.collections[r.namespace] = append(s.collections[r.namespace], document)
	}
	return bson.D{{Key: "n", Value: int32(len(documents))}}, nil
}

// update replaces or inserts whole documents.
func (s *Server) update(r request) (bson.D, error) {
	updates, err := r.documents("updates")
	if err != nil {
		return nil, err
	}
	for _, update := range updates {
		replacement, ok := update.Lookup("u").DocumentOK()
		if !ok || strings.HasPrefix(replacement.Index(0).Key(), "$") {
			return nil, badValue("the update is not a whole document")
		}
		query := update.Lookup("q").Document()
		i := slices.IndexFunc(s.collections[r.namespace], func(document bson.Raw) bool { return matches(document, query) })
		switch upsert, _ := update.Lookup("upsert").BooleanOK(); {
		case i >= 0:
			s.collections[r.namespace][i] = withID(replacement, s.collections[r.namespace][i].Lookup("_id"))
		case upsert:
			s.collections[r.namespace] = append(s.collections[r.namespace], withID(replacement, bson.NewObjectID()))
		}
	}
	return bson.D{{Key: "n", Value: int32(len(updates))}, {Key: "nModified", Value: int32(len(updates))}}, nil
}

// cursor has the documents that a client has not read yet.
type cursor struct {
	documents []bson.Raw
	// projection may be nil.
	projection bson.Raw
}

// open answers with the first documents, and keeps the others for getMore.
func (s *Server) open(namespace string, c *cursor, batchSize int, single bool) bson.D {
	if batchSize == 0 {
		batchSize = firstBatch
	}
	batch := c.next(batchSize)
	id := int64(0)
	if len(c.documents) > 0 && !single {
		s.lastCursor++
		id = s.lastCursor
		s.cursors[id] = c
	}
	return bson.D{{Key: "cursor", Value: bson.D{
		{Key: "firstBatch", Value: batch}, {Key: "id", Value: id}, {Key: "ns", Value: namespace},
	}}}
}

// next takes a batch of documents from a cursor.
func (c *cursor) next(most int) []bson.Raw {
	batch := []bson.Raw{}
	for size := 0; len(c.documents) > 0 && (most == 0 || len(batch) < most); c.documents = c.documents[1:] {
		if size += len(c.documents[0]); len(batch) > 0 && size > maxBatch {
			break
		}
		batch = append(batch, project(c.documents[0], c.projection))
	}
	return batch
}

func (s *Server) getMore(r request) (bson.D, error) {
	id := r.command.Index(0).Value().Int64()
	c, found := s.cursors[id]
	if !found {
		return nil, commandError{43, "CursorNotFound", fmt.Sprintf("cursor id %d not found", id)}
	}
	batch := c.next(r.number("batchSize"))
	if len(c.documents) == 0 {
		delete(s.cursors, id)
		id = 0
	}
	namespace := r.namespace + r.command.Lookup("collection").StringValue()
	return bson.D{{Key: "cursor", Value: bson.D{
		{Key: "nextBatch", Value: batch}, {Key: "id", Value: id}, {Key: "ns", Value: namespace},
	}}}, nil
}

func (s *Server) killCursors(r request) (bson.D, error) {
	values, err := r.command.Lookup("cursors").Array().Values()
	if err != nil {
		return nil, err
	}
	killed := bson.A{}
	for _, value := range values {
		delete(s.cursors, value.Int64())
		killed = append(killed, value.Int64())
	}
	return bson.D{
		{Key: "cursorsKilled", Value: killed}, {Key: "cursorsNotFound", Value: bson.A{}},
		{Key: "cursorsAlive", Value: bson.A{}}, {Key: "cursorsUnknown", Value: bson.A{}},
	}, nil
}
