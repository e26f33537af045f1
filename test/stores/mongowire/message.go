// SPDX-License-Identifier: Apache-2.0

package mongowire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"go.mongodb.org/mongo-driver/v2/bson"
)

const (
	opReply = 1
	opQuery = 2004
	opMsg   = 2013

	headerSize = 16
	maxMessage = 48_000_000
)

// message is a command: a document, and the sequences of documents that belong
// to it.
type message struct {
	id        int32
	opcode    int32
	command   bson.Raw
	sequences map[string][]bson.Raw
	// noReply is the flag moreToCome: the client does not wait for an answer.
	noReply bool
}

// readMessage reads a client's message.
func readMessage(r io.Reader) (m message, err error) {
	header := make([]byte, headerSize)
	if _, err := io.ReadFull(r, header); err != nil {
		return m, err
	}
	size := int32(binary.LittleEndian.Uint32(header))
	m.id = int32(binary.LittleEndian.Uint32(header[4:]))
	m.opcode = int32(binary.LittleEndian.Uint32(header[12:]))
	if size < headerSize || size > maxMessage {
		return m, fmt.Errorf("a message of %d bytes", size)
	}
	body := make([]byte, size-headerSize)
	if _, err := io.ReadFull(r, body); err != nil {
		return m, err
	}
	switch m.opcode {
	case opMsg:
		return m, m.readSections(body)
	case opQuery: // flags, the collection's name, the numbers to skip and to return
		end := bytes.IndexByte(body[4:], 0)
		if end < 0 || len(body) < 4+end+1+8 {
			return m, errors.New("a truncated OP_QUERY")
		}
		m.command, _, err = cutDocument(body[4+end+1+8:])
		return m, err
	default:
		return m, fmt.Errorf("opcode %d", m.opcode)
	}
}

// readSections reads the sections of an OP_MSG.
func (m *message) readSections(body []byte) (err error) {
	if len(body) < 4 {
		return errors.New("a truncated OP_MSG")
	}
	const moreToCome, required = 1 << 1, 0xffff
	flags := binary.LittleEndian.Uint32(body)
	if m.noReply = flags&moreToCome != 0; flags&required&^moreToCome != 0 {
		return fmt.Errorf("flags %#x", flags)
	}
	m.sequences = map[string][]bson.Raw{}
	for body = body[4:]; len(body) > 0; {
		kind := body[0]
		body = body[1:]
		if kind == 0 {
			if m.command, body, err = cutDocument(body); err != nil {
				return err
			}
			continue
		}
		if kind != 1 || len(body) < 4 {
			return fmt.Errorf("a section of kind %d", kind)
		}
		size := int(binary.LittleEndian.Uint32(body))
		if size < 4 || size > len(body) {
			return errors.New("a truncated section")
		}
		section := body[4:size]
		body = body[size:]
		name, rest, found := bytes.Cut(section, []byte{0})
		if !found {
			return errors.New("a section without a name")
		}
		for len(rest) > 0 {
			var document bson.Raw
			if document, rest, err = cutDocument(rest); err != nil {
				return err
			}
			m.sequences[string(name)] = append(m.sequences[string(name)], document)
		}
	}
	if m.command == nil {
		return errors.New("an OP_MSG without a command")
	}
	return nil
}

func cutDocument(data []byte) (document bson.Raw, rest []byte, err error) {
	if len(data) < 5 {
		return nil, nil, errors.New("a truncated document")
	}
	size := int(binary.LittleEndian.Uint32(data))
	if size < 5 || size > len(data) {
		return nil, nil, errors.New("a truncated document")
	}
	document = data[:size]
	return document, data[size:], document.Validate()
}

// writeReply answers a message in the message's own form.
func writeReply(w io.Writer, m message, reply bson.D) error {
	document, err := bson.Marshal(reply)
	if err != nil {
		return err
	}
	var body []byte
	opcode := int32(opMsg)
	if m.opcode == opQuery {
		const awaitCapable = 8
		opcode = opReply
		body = binary.LittleEndian.AppendUint32(body, awaitCapable)
		body = binary.LittleEndian.AppendUint64(body, 0) // no cursor
		body = binary.LittleEndian.AppendUint32(body, 0) // begins with the first document
		body = binary.LittleEndian.AppendUint32(body, 1) // one document
	} else {
		body = append(body, 0, 0, 0, 0, 0) // no flags, and a section of kind 0
	}
	body = append(body, document...)
	var header []byte
	for _, field := range []int32{int32(headerSize + len(body)), m.id, m.id, opcode} {
		header = binary.LittleEndian.AppendUint32(header, uint32(field))
	}
	_, err = w.Write(append(header, body...))
	return err
}
