// SPDX-License-Identifier: Apache-2.0

package uuid

import (
	"encoding/hex"
	"strconv"
	"strings"
	"testing"
	"testing/quick"
	"unicode"
)

func TestString(t *testing.T) {
	id := Join([]byte{0xb7, 0x4f, 0x34, 0x10, 0x54, 0x63, 0x85, 0x2d}, []byte{0x9c, 0x43, 0x47, 0x23, 0xdd, 0xe1, 0x38, 0xd8})
	const want = "b74f3410-5463-852d-9c43-4723dde138d8"
	if got := id.String(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := string(id.Append([]byte("req-"))); got != "req-"+want {
		t.Errorf("appended: %s", got)
	}
}

// Version 4 and the variant 10 take six bits, and the others are those given.
func TestNewV4(t *testing.T) {
	if err := quick.Check(func(random [16]byte) bool {
		id := NewV4(random)
		for i, mask := range map[int]byte{6: 0xf0, 8: 0xc0} {
			if id[i]&^mask != random[i]&^mask {
				return false
			}
			random[i] = id[i]
		}
		return id[6]>>4 == 4 && id[8]>>6 == 2 && id == random
	}, nil); err != nil {
		t.Error(err)
	}
}

// The verdicts are those of uuid.UUID of CPython 3.11.
func TestParse(t *testing.T) {
	const want = "b74f3410-5463-852d-9c43-4723dde138d8"
	for text, valid := range map[string]bool{
		"b74f3410-5463-852d-9c43-4723dde138d8":             true,
		"B74F34105463852D9C434723DDE138D8":                 true,
		"{b74f3410-5463-852d-9c43-4723dde138d8}":           true,
		"urn:uuid:b74f3410-5463-852d-9c43-4723dde138d8":    true,
		"{urn:uuid:b74f34105463852d9c434723dde138d8}":      true,
		"b7-4f-34-10-5463852d9c434723dde138d8-":            true,
		"":                                                 false,
		"1":                                                false,
		"b74f3410-5463-852d-9c43-4723dde138d":              false,
		"b74f3410-5463-852d-9c43-4723dde138d80":            false,
		"b74f3410-5463-852d-9c43-4723dde138dg":             false,
		"9c434723dde138d8":                                 false,
		"b74f3410-5463-852d-9c43-4723dde138d8\t":           false,
		"b74f3410-5463-852d-9c43-4723dde138d8\x00":         false,
		strings.Repeat("-", 4000) + "b74f34105463852d9c43": false,
		// Not one after the other: uuid: is removed after urn:.
		"uurn:uid:b74f34105463852d9c434723dde138d8": true,
		"uruuid:n:b74f34105463852d9c434723dde138d8": false,
	} {
		id, ok := Parse(text)
		if ok != valid || valid && id.String() != want {
			t.Errorf("%.60q: got %s, %v; want %v", text, id, ok, valid)
		}
	}
}

// The verdicts and values are those of uuid.UUID of CPython 3.11. The tests in
// test/osprofiler compare generated texts with it.
func TestParseOdd(t *testing.T) {
	const digits = "12345678901234567890123456789012"
	full := strings.NewReplacer("1", "１", "2", "２", "3", "３").Replace(digits)
	for text, want := range map[string]string{
		full:                               digits,
		"0123456789ABCDEF0123456789abcdef": "0123456789abcdef0123456789abcdef",
		"١" + digits[1:]:                   digits, // Arabic-Indic
		"𝟏" + digits[1:]:                   digits, // of mathematics, beyond the 16 bits
		"𝟙" + digits[1:]:                   digits,
		strings.Repeat("𝟏", 32):            strings.Repeat("1", 32),
		"{urn:uuid:" + full + "}":          digits,
		" " + digits[1:]:                   "0" + digits[1:],
		"\t\n\v\f\r" + digits[5:]:          "00000" + digits[5:],
		digits[:31] + " ":                  "0" + digits[:31],
		"\u00a0" + digits[2:] + "\u3000":   "00" + digits[2:],
		"+" + digits[1:]:                   "0" + digits[1:],
		"0x" + digits[2:]:                  "00" + digits[2:],
		"0X_" + digits[3:]:                 "000" + digits[3:],
		" +0x_" + digits[5:]:               "00000" + digits[5:],
		"1_2_3" + digits[5:]:               "00123" + digits[5:],
		"０x" + digits[2:]:                  "00" + digits[2:],
		"Ａ" + digits[1:]:                   "", // a letter is not a decimal digit
		"²" + digits[1:]:                   "",
		"一" + digits[1:]:                   "",
		"\x1c" + digits[1:]:                "",
		"\u00a0\x1c" + digits[2:]:          "",
		"\x7f" + digits[1:]:                "",
		"\x00" + digits[1:]:                "",
		"_" + digits[1:]:                   "",
		digits[:31] + "_":                  "",
		"1__" + digits[3:]:                 "",
		"0x__" + digits[4:]:                "",
		"++" + digits[2:]:                  "",
		"+ " + digits[2:]:                  "",
		"1 " + digits[2:]:                  "",
		"0x" + strings.Repeat(" ", 30):     "",
		"+" + strings.Repeat(" ", 31):      "",
		strings.Repeat(" ", 32):            "",
		"0x_" + strings.Repeat(" ", 29):    "",
		" " + digits:                       "", // 33 characters
		full[:len(full)-1]:                 "", // 31 characters
		"\xff" + digits[1:]:                "",
		strings.Repeat("１", 33):            "",
		"0x" + strings.Repeat("0", 30):     strings.Repeat("0", 32),
	} {
		id, ok := Parse(text)
		if ok != (want != "") || ok && hex.EncodeToString(id[:]) != want {
			t.Errorf("%q: got %s, %v; want %q", text, id, ok, want)
		}
	}
}

// Python's int takes the decimal digits of every script, and nothing else outside
// ASCII but white space.
func TestDecimalDigits(t *testing.T) {
	const others = "1234567890123456789012345678901"
	value := 0
	for r := rune(0x80); r <= 0x1ffff; r++ {
		id, ok := Parse(string(r) + others)
		switch {
		case unicode.IsDigit(r):
			if !unicode.IsDigit(r - 1) {
				value = 0 // each script's digits stand in a row, from zero to nine
			}
			if want := strconv.Itoa(value%10) + others; !ok || hex.EncodeToString(id[:]) != want {
				t.Errorf("%U: got %x, %v, want %s", r, id, ok, want)
			}
			value++
		case ok != unicode.IsSpace(r):
			t.Errorf("%U is taken for a digit: %v", r, ok)
		}
	}
}

// Only the form with its four hyphens and nothing around it is read by parsePlain.
func TestParsePlain(t *testing.T) {
	const plain = "0f9a3410-5463-852d-9c43-4723dde138ff"
	for _, text := range []string{plain, strings.ToUpper(plain), "ffffffff-ffff-ffff-ffff-ffffffffffff", "00000000-0000-0000-0000-000000000000"} {
		if id, ok := parsePlain(text); !ok || id.String() != strings.ToLower(text) {
			t.Errorf("%s is read as %s, %v", text, id, ok)
		}
	}
	// No other byte may stand at any place.
	for i := range plain {
		for _, c := range []byte("-0gG/:@`{\x00\xff") {
			text := plain[:i] + string([]byte{c}) + plain[i+1:]
			if id, ok := parsePlain(text); ok != (c == '0' && plain[i] != '-') && text != plain {
				t.Errorf("%q is read as %s", text, id)
			}
		}
	}
	for _, text := range []string{"", plain[1:], plain + "0", "{" + plain + "}", "{" + plain[1:35] + "}", strings.ReplaceAll(plain, "-", "")} {
		if id, ok := parsePlain(text); ok {
			t.Errorf("%q is read as %s", text, id)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("b74f3410-5463-852d-9c43-4723dde138d8")
	f.Add("{urn:uuid:B74F34105463852D9C434723DDE138D8}")
	f.Add("\u3000+0x_1_2\uff1123456789012345678901")
	f.Add("423e96d038e9de81")
	f.Fuzz(func(t *testing.T, text string) {
		id, ok := Parse(text)
		if !ok {
			return
		}
		if again, ok := Parse(id.String()); !ok || again != id {
			t.Errorf("%q: %s is read back as %s", text, id, again)
		}
	})
}
