// SPDX-License-Identifier: Apache-2.0

package mongodb

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ostrace/ostrace/points"
)

// The expected texts are those that Python prints for the documents that
// PyMongo reads, without spaces:
//
//	json.dumps(bson.BSON(…).decode(), default=datetime.isoformat, ensure_ascii=False)
func TestToJSON(t *testing.T) {
	now := time.Date(2016, 4, 18, 17, 42, 10, 770e6, time.UTC)
	for name, test := range map[string]struct {
		value any
		want  string
	}{
		"text":           {"Zürich \"東京\" \\ \n\x00\x7f <&> 🚀", `"Zürich \"東京\" \\ \n\u0000` + "\x7f" + ` <&> 🚀"`},
		"text, no UTF-8": {"a\xffb", `"a\ufffdb"`},
		"int32":          {int32(-7), `-7`},
		"int64":          {int64(math.MinInt64), `-9223372036854775808`},
		"2**60":          {int64(1) << 60, `1152921504606846976`},
		"double":         {0.1, `0.1`},
		"whole double":   {202.0, `202.0`},
		"negative zero":  {math.Copysign(0, -1), `-0.0`},
		"1e15":           {1e15, `1000000000000000.0`},
		"1e16":           {1e16, `1e+16`},
		"1.5e300":        {1.5e300, `1.5e+300`},
		"0.0001":         {0.0001, `0.0001`},
		"0.00001":        {0.00001, `1e-05`},
		"NaN":            {math.NaN(), `"NaN"`},
		"infinite":       {math.Inf(1), `"Infinity"`},
		"minus infinite": {math.Inf(-1), `"-Infinity"`},
		"true":           {true, `true`},
		"null":           {nil, `null`},
		"undefined":      {bson.Undefined{}, `null`},
		"date":           {now, `"2016-04-18T17:42:10.770000"`},
		"whole date":     {now.Truncate(time.Second), `"2016-04-18T17:42:10"`},
		"array":          {bson.A{int32(1), "two", bson.A{}, bson.D{}}, `[1,"two",[],{}]`},
		"members' order": {bson.D{{Key: "b", Value: int32(1)}, {Key: "a", Value: int32(2)}, {Key: "", Value: nil}}, `{"b":1,"a":2,"":null}`},
		"JavaScript":     {bson.JavaScript("f()"), `"f()"`},
		"symbol":         {bson.Symbol("s"), `"s"`},
		"id":             {bson.ObjectID{1: 1}, `{"$oid":"000100000000000000000000"}`},
		"bytes":          {bson.Binary{Data: []byte("ä")}, `{"$binary":{"base64":"w6Q=","subType":"00"}}`},
		"decimal":        {bson.NewDecimal128(0x3040000000000000, 1), `{"$numberDecimal":"1"}`},
		"pattern":        {bson.Regex{Pattern: `\d"`, Options: "i"}, `{"$regularExpression":{"pattern":"\\d\"","options":"i"}}`},
		"server's time":  {bson.Timestamp{T: 1, I: 2}, `{"$timestamp":{"t":1,"i":2}}`},
		"least value":    {bson.MinKey{}, `{"$minKey":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			document, err := bson.Marshal(bson.D{{Key: "v", Value: test.value}})
			if err != nil {
				t.Fatal(err)
			}
			got, err := toJSON(document)
			// Go 1.27 writes U+FFFD unescaped, and Go 1.26 escapes it.
			text := strings.ReplaceAll(string(got), "\ufffd", `\ufffd`)
			if want := `{"v":` + test.want + `}`; err != nil || text != want {
				t.Errorf("%s, %v, want %s", got, err, want)
			}
		})
	}
}

func TestToJSONOfWhatCantBeRead(t *testing.T) {
	deep := bson.D{}
	for range 2 * maxDepth {
		deep = bson.D{{Key: "d", Value: deep}}
	}
	nested, err := bson.Marshal(deep)
	if err != nil {
		t.Fatal(err)
	}
	for name, document := range map[string]bson.Raw{
		"truncated":    {20, 0, 0, 0, byte(bson.TypeString), 'a', 0, 9, 0, 0, 0, 'x'},
		"unknown type": {8, 0, 0, 0, 0x42, 'a', 0, 0},
		"too deep":     nested,
	} {
		if got, err := toJSON(document); !errors.Is(err, points.ErrUnreadable) {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}

// Whatever a server sends, the result is an error or JSON.
func FuzzToJSON(f *testing.F) {
	for _, value := range []any{"text", int32(1), 1.5, bson.A{bson.D{}}, bson.Regex{}, bson.CodeWithScope{Scope: bson.D{}}, bson.DBPointer{}, bson.Binary{Subtype: 2, Data: []byte{1}}} {
		document, err := bson.Marshal(bson.D{{Key: "v", Value: value}})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(document)
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		got, err := toJSON(document)
		if err == nil && !json.Valid(got) {
			t.Errorf("%q gives %q", document, got)
		}
		if err != nil && !errors.Is(err, points.ErrUnreadable) {
			t.Error(err)
		}
	})
}
