// SPDX-License-Identifier: Apache-2.0

package mongodb

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ostrace/ostrace/points"
)

// maxDepth is how deep documents may be nested. MongoDB itself accepts 100
// levels.
const maxDepth = 200

// toJSON writes a document as JSON, as Python's json does with a document that
// PyMongo has read. The members keep their order. Errors wrap
// [points.ErrUnreadable].
//
// NaN, Infinity and -Infinity, which Python writes although JSON has no such
// numbers, become texts.
func toJSON(document bson.Raw) (json.RawMessage, error) {
	var w writer
	w.strings = json.NewEncoder(&w.Buffer)
	w.strings.SetEscapeHTML(false)
	w.Grow(len(document))
	if err := w.document(document, 0); err != nil {
		return nil, fmt.Errorf("%w: %w", points.ErrUnreadable, err)
	}
	return w.Bytes(), nil
}

type writer struct {
	bytes.Buffer
	// strings writes to the Buffer, with a line feed at the end.
	strings *json.Encoder
}

func (w *writer) document(document bson.Raw, depth int) error {
	elements, err := document.Elements()
	if err != nil {
		return err
	}
	w.WriteByte('{')
	for i, element := range elements {
		if i > 0 {
			w.WriteByte(',')
		}
		w.text(element.Key())
		w.WriteByte(':')
		if err := w.value(element.Value(), depth+1); err != nil {
			return err
		}
	}
	w.WriteByte('}')
	return nil
}

func (w *writer) array(array bson.RawArray, depth int) error {
	values, err := array.Values()
	if err != nil {
		return err
	}
	w.WriteByte('[')
	for i, value := range values {
		if i > 0 {
			w.WriteByte(',')
		}
		if err := w.value(value, depth+1); err != nil {
			return err
		}
	}
	w.WriteByte(']')
	return nil
}

func (w *writer) value(value bson.RawValue, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("it is nested more than %d levels deep", maxDepth)
	}
	switch value.Type { //nolint:exhaustive // the rest is written below
	case bson.TypeEmbeddedDocument:
		return w.document(value.Document(), depth)
	case bson.TypeArray:
		return w.array(value.Array(), depth)
	case bson.TypeString:
		return w.textIf(value.StringValueOK())
	case bson.TypeSymbol:
		return w.textIf(value.SymbolOK())
	case bson.TypeJavaScript:
		return w.textIf(value.JavaScriptOK())
	case bson.TypeInt32:
		w.WriteString(strconv.FormatInt(int64(value.Int32()), 10))
	case bson.TypeInt64:
		w.WriteString(strconv.FormatInt(value.Int64(), 10))
	case bson.TypeDouble:
		w.double(value.Double())
	case bson.TypeBoolean:
		w.WriteString(strconv.FormatBool(value.Boolean()))
	case bson.TypeNull, bson.TypeUndefined:
		w.WriteString("null")
	case bson.TypeDateTime:
		w.text(isoFormat(value.Time()))
	default:
		return w.extended(value)
	}
	return nil
}

// text writes a string.
func (w *writer) text(text string) {
	_ = w.strings.Encode(text) // nothing in a string, and no Buffer, makes it fail
	w.Truncate(w.Len() - 1)
}

// textIf writes a string, and returns an error if it could not be read.
func (w *writer) textIf(text string, ok bool) error {
	if !ok {
		return errors.New("it holds a text that can't be read")
	}
	w.text(text)
	return nil
}

// double writes a number like Python's repr, which json uses.
func (w *writer) double(value float64) {
	switch size := math.Abs(value); {
	case math.IsNaN(value):
		w.text("NaN")
	case math.IsInf(value, 1):
		w.text("Infinity")
	case math.IsInf(value, -1):
		w.text("-Infinity")
	case size != 0 && (size < 1e-4 || size >= 1e16):
		w.WriteString(strconv.FormatFloat(value, 'e', -1, 64))
	default:
		digits := strconv.FormatFloat(value, 'f', -1, 64)
		w.WriteString(digits)
		if !strings.Contains(digits, ".") {
			w.WriteString(".0")
		}
	}
}

// isoFormat writes a date like isoformat of Python's datetime, in UTC.
func isoFormat(at time.Time) string {
	const seconds = "2006-01-02T15:04:05"
	if at = at.UTC(); at.Nanosecond() != 0 {
		return at.Format(seconds + ".000000")
	}
	return at.Format(seconds)
}

// extended writes a value that only MongoDB's Extended JSON can express.
func (w *writer) extended(value bson.RawValue) error {
	text := value.String()
	if !json.Valid([]byte(text)) {
		return fmt.Errorf("it holds a BSON %s that can't be read", value.Type)
	}
	w.WriteString(text)
	return nil
}
