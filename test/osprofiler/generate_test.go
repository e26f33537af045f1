// SPDX-License-Identifier: Apache-2.0

package osprofiler_test

import (
	"bytes"
	cryptohmac "crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/ostrace/ostrace/hmac"
)

// generator makes headers that are right, nearly right, and wrong.
type generator struct {
	*rand.Rand
	digest hmac.Digest // of the next headers
}

func newGenerator(seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, 0))}
}

func pick[T any](g *generator, from []T) T { return from[g.IntN(len(from))] }

// sign returns OSProfiler's signature, without the library's code.
func sign(digest hmac.Digest, secret, info string) string {
	algorithm := sha1.New
	if digest == hmac.SHA256 {
		algorithm = sha256.New
	}
	h := cryptohmac.New(algorithm, []byte(secret))
	h.Write([]byte(info))
	return hex.EncodeToString(h.Sum(nil))
}

var (
	secrets = []string{"SECRET_KEY", "k", "previous", "with a space", "größer", "x\u2028y", "日本", strings.Repeat("long", 40), "None", "\"quoted\""}
	// These stand around and between keys. str.strip removes most of them.
	between = []string{"", " ", "  ", "\t", "\n", "\v\f\r", "\x1c", "\x1f", "\x85", "\u0085", "\u00a0", "\u2003", "\u3000", "\u200b", "\ufeff", ",", ",,", " , "}
	// Of Latin-1's characters str.strip removes 0x85 and 0xa0 too.
	around = []string{"", " ", "\t", "\n", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x1f", "\x85", "\xa0", "\x00", "\x08", "\x0e", "\x7f", "\xad", "\xc2\xa0", "\xe2\x80\xa8", ","}
)

// option returns a value of hmac_keys in a configuration, and a key that is in
// it.
func (g *generator) option() (option, secret string) {
	if g.IntN(40) == 0 {
		return pick(g, []string{"", " ", ",", " ,, ", "\u00a0"}), "k"
	}
	var parts []string
	for range 1 + g.IntN(4) {
		part := pick(g, secrets)
		if g.IntN(4) == 0 {
			part = valid(pick(g, between)) + part + valid(pick(g, between))
		}
		parts = append(parts, part)
	}
	option = strings.Join(parts, ",")
	kept := split(option)
	return option, pick(g, kept)
}

// split splits like OSProfiler, but does not trim odd white space.
func split(option string) (parts []string) {
	for part := range strings.SplitSeq(option, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	if parts == nil {
		parts = []string{"k"}
	}
	return parts
}

func valid(s string) string { return strings.ToValidUTF8(s, "") }

// headers returns the next pair.
func (g *generator) headers() headers {
	option, secret := g.option()
	h := headers{option: option, digest: g.digest}
	signed := func(info string) {
		h.info, h.mac = info, sign(g.digest, secret, info)
		if g.IntN(2) == 0 { // Python signs the decoded text like this, if it is not ASCII
			h.mac = sign(g.digest, secret, latin1(info))
		}
	}
	encoded := func(text []byte) { signed(base64.URLEncoding.EncodeToString(text)) }
	canonical := g.canonical()
	encoded(canonical)

	switch g.IntN(16) {
	case 0:
		h.kind = "valid"
	case 1:
		h.kind = "other key"
		h.mac = sign(g.digest, pick(g, secrets), h.info)
	case 2:
		h.kind = "info changed"
		h.info = string(g.mutate([]byte(h.info)))
	case 3:
		h.kind = "signature changed"
		h.mac = g.signature(h.mac)
		if g.IntN(16) == 0 {
			h.kind = "other digest"
			h.mac = sign(1-g.digest, secret, h.info)
		}
	case 4:
		h.kind = "signature spaced"
		for range 1 + g.IntN(3) {
			h.mac = pick(g, around) + h.mac
			h.mac += pick(g, around)
		}
	case 5:
		h.kind = "absent"
		if g.IntN(2) == 0 {
			h.info = pick(g, []string{"", " ", "="})
			if h.info != "" {
				signed(h.info)
			}
		} else {
			h.mac = pick(g, []string{"", " ", "\t ", "\xa0"})
		}
	case 6:
		way := g.IntN(11)
		h.kind = fmt.Sprint("odd base64 ", way)
		signed(g.oddBase64(way, canonical))
	case 7:
		h.kind = "base64 changed"
		signed(string(g.mutate([]byte(h.info))))
	case 8, 9:
		h.kind = "JSON changed"
		encoded(g.mutate(canonical))
	case 10, 11, 12:
		h.kind = "odd JSON"
		encoded(g.object())
	case 13:
		h.kind = "odd JSON changed"
		encoded(g.mutate(g.object()))
	case 14:
		h.kind = "odd encoding"
		encoded(g.reencode(canonical))
	default:
		switch g.IntN(8) {
		case 0, 1:
			h.kind = "long"
			encoded(g.long())
		case 2:
			h.kind = "long signature"
			h.mac = strings.Repeat(" ", g.IntN(20)) + h.mac + strings.Repeat(" ", 4096-60+g.IntN(40))
		case 3, 4:
			h.kind = "nested"
			encoded(g.nested())
		case 5:
			h.kind = "noise"
			signed(string(g.noise(g.IntN(200))))
		default:
			h.kind = "noise in base64"
			encoded(g.noise(g.IntN(200)))
		}
	}
	return h
}

// canonical returns the JSON that a client of OpenStack packs.
func (g *generator) canonical() []byte {
	text := func(id string) string {
		data, _ := json.Marshal(id)
		return string(data)
	}
	base := g.id()
	switch g.IntN(6) {
	case 0:
		return []byte(`{"base_id": ` + text(base) + `}`)
	case 1:
		return []byte(`{"base_id": ` + text(base) + `, "parent_id": ` + text(base) + `}`)
	}
	return []byte(`{"base_id": ` + text(base) + `, "parent_id": ` + text(g.id()) + `}`)
}

func (g *generator) id() string {
	id := fmt.Sprintf("%016x%016x", g.Uint64(), g.Uint64())
	switch g.IntN(12) {
	case 0:
		return id
	case 1:
		return strings.ToUpper(uuid(id))
	case 2:
		return pick(g, []string{"", "0", "1", "x", "false", "null", "[]", "{}", " ", "\x00", "é", "€", "😀", "\ufffd", "\ufeff", "a\"b", "a\\b", "</script>", "\u2028", "\x7f", "\n\r\t\b\f"})
	case 3:
		return "urn:uuid:" + uuid(id)
	case 4:
		runes := make([]rune, g.IntN(12))
		for i := range runes {
			runes[i] = rune(g.IntN(1 << (4 + g.IntN(17))))
		}
		return strings.ToValidUTF8(string(runes), "?")
	}
	return uuid(id)
}

// mutate changes some bytes, and sometimes many.
func (g *generator) mutate(text []byte) []byte {
	text = bytes.Clone(text)
	for range 1 + g.IntN(3) {
		if len(text) == 0 {
			return g.noise(4)
		}
		i := g.IntN(len(text))
		switch g.IntN(8) {
		case 0:
			text[i] = byte(g.IntN(256))
		case 1:
			text[i] ^= 1 << g.IntN(8)
		case 2:
			text = append(text[:i], text[i+1:]...)
		case 3:
			text = text[:i]
		case 4:
			piece := bytes.Clone(text[i:min(len(text), i+1+g.IntN(8))])
			text = append(text[:i], append(piece, text[i:]...)...)
		default:
			piece := []byte(pick(g, []string{
				`"`, `\`, `,`, `:`, `{`, `}`, `[`, `]`, ` `, "\n", "\t", "\x00", "\x1f", "\xff", "\xc3\xa9", "=", "==", "-", "_", "+", "/", "A", "0", "null",
				`\u0062`, `\u0022`, `\/`, `\x`, `\ud800`, `\udc00`, `\u12`, "\ufeff", "\xed\xa0\x80", "\xc0\x80", "\xf4\x90\x80\x80", "\x0c", "\xa0", "//", `", "`, `"parent_id": `,
			}))
			text = append(text[:i], append(piece, text[i:]...)...)
		}
	}
	return text
}

func (g *generator) signature(mac string) string {
	switch g.IntN(8) {
	case 0:
		return strings.ToUpper(mac)
	case 1:
		return mac[:g.IntN(len(mac))]
	case 2:
		return mac + string(mac[g.IntN(len(mac))])
	case 3:
		return mac + "," + mac
	case 4:
		return "0x" + mac
	case 5:
		i := g.IntN(len(mac))
		return mac[:i] + pick(g, around) + mac[i:]
	case 6:
		return string(g.noise([]int{40, 64}[g.IntN(2)]))
	}
	return string(g.mutate([]byte(mac)))
}

// oddBase64 writes text in one of the ways that decoders treat differently.
func (g *generator) oddBase64(way int, text []byte) string {
	if way == 0 || way == 8 { // with the characters in which the alphabets differ
		text = []byte(`{"base_id": "` + strings.Repeat(pick(g, []string{"~", ">", "?", "~>?", "x?~"}), 1+g.IntN(12)) + `"}`)
	}
	info := base64.URLEncoding.EncodeToString(text)
	insert := func(piece string) string {
		i := g.IntN(len(info) + 1)
		return info[:i] + piece + info[i:]
	}
	switch way {
	case 0:
		return base64.StdEncoding.EncodeToString(text)
	case 1:
		return base64.RawURLEncoding.EncodeToString(text)
	case 2:
		return info + pick(g, []string{"=", "==", "====", "\xe9", "\xc3\xa9", "\x80", "!", "\x00", "=\xff"})
	case 3:
		return insert(strings.Repeat("=", 1+g.IntN(4)))
	case 4:
		return insert(pick(g, []string{" ", "\n", "\r\n", "!", "\x00", "\x7f", "\x80", "\xe9", ".", ",", "%3D"}))
	case 5:
		return info + base64.URLEncoding.EncodeToString(g.noise(6))
	case 6: // bits that no byte needs
		trimmed := strings.TrimRight(info, "=")
		if len(trimmed) == len(info) {
			return info
		}
		return trimmed[:len(trimmed)-1] + string(pick(g, []byte("ABCDwxyz-_89"))) + info[len(trimmed):]
	case 7:
		var spaced strings.Builder
		for _, c := range info {
			spaced.WriteRune(c)
			if g.IntN(8) == 0 {
				spaced.WriteString(pick(g, []string{" ", "\t", "~", "*"}))
			}
		}
		return spaced.String()
	case 8:
		return strings.NewReplacer("-", "+", "_", "/").Replace(info)
	case 9: // padding that often does not end the text
		for range 2 + g.IntN(2) {
			i := g.IntN(len(info)/4+1) * 4
			i = min(len(info), i+g.IntN(3))
			info = info[:i] + "=" + info[i:]
		}
		return info
	}
	return insert(pick(g, []string{"=\n=", "=!=", "A=", "=A", "==A", "A==="}))
}

// object returns a JSON object, or nearly one, with the members that matter and
// others.
func (g *generator) object() []byte {
	var b bytes.Buffer
	b.WriteString(g.space())
	b.WriteByte('{')
	names := []string{`"base_id"`, `"base_id"`}[:1+g.IntN(20)/19]
	for range g.IntN(3) {
		if g.IntN(8) > 0 {
			names = append(names, pick(g, []string{`"parent_id"`, `"parent_id"`, `"parent_id"`, `"hmac_key"`, `"base_id"`}))
			continue
		}
		names = append(names, pick(g, []string{
			`"base\u005fid"`, `"\u0070arent_id"`, `"parent_\u0069\u0064"`, `"Base_id"`, `"PARENT_ID"`, `"trace_id"`, `""`, `"base_id\u0000"`, `"base_id "`, `"\ud800"`, `base_id`, `'base_id'`, `1`,
		}))
	}
	g.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for i, name := range names {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(g.space() + name + g.space() + ":" + g.space() + g.value(3) + g.space())
	}
	if g.IntN(40) == 0 {
		b.WriteString(pick(g, []string{",", "//", "/* */", "}", ":"}))
	}
	b.WriteByte('}')
	b.WriteString(g.space())
	if g.IntN(40) == 0 {
		b.WriteString(pick(g, []string{"x", "{}", "\x00", "}", ",", "\n\n"}))
	}
	return b.Bytes()
}

func (g *generator) space() string {
	switch g.IntN(12) {
	case 0:
		return pick(g, []string{"\n", "\t", "\r", "  ", " \n\t\r "})
	case 1:
		if g.IntN(20) == 0 {
			return pick(g, []string{"\v", "\f", "\x00", "\u00a0", "\u2028", "\ufeff", "\x1c", "#\n"})
		}
	}
	return ""
}

// value returns a JSON value, or nearly one.
func (g *generator) value(depth int) string {
	kind := g.IntN(20)
	switch {
	case kind < 9:
		return g.text()
	case kind == 9 && g.IntN(4) > 0:
		return g.text()
	case kind == 9:
		return pick(g, []string{"00", "01", "-", "+1", "1.", ".5", "1e", "0x1", "1_0", "-01", "1e+", "٣", "True", "None", "nul", "TRUE", "undefined"})
	case kind < 12:
		return pick(g, []string{
			"0", "-0", "0.0", "-0.0", "0e5", "0E-5", "0.000", "1", "-1", "12", "1.0", "1.5e3", "1E+2", "1e400", "-1e400", "1e-400", "5e-324", "1e-324", "9007199254740993",
			"340282366920938463463374607431768211455", strings.Repeat("9", 1+g.IntN(400)),
		})
	case kind < 15:
		return pick(g, []string{"true", "false", "null", "[]", "{}", "[ ]", "{ }", `""`})
	case kind == 15 && g.IntN(4) == 0:
		return pick(g, []string{"NaN", "Infinity", "-Infinity", "[NaN]", `{"a": Infinity}`, "-NaN", "nan", "inf", "+Infinity"})
	case depth == 0:
		return "0"
	case kind < 18:
		var items []string
		for range g.IntN(3) {
			items = append(items, g.space()+g.value(depth-1))
		}
		return "[" + strings.Join(items, ",") + g.space() + "]"
	}
	var members []string
	for range g.IntN(3) {
		members = append(members, g.text()+g.space()+":"+g.value(depth-1))
	}
	return "{" + strings.Join(members, ", ") + "}"
}

// text returns a JSON string, or nearly one.
func (g *generator) text() string {
	if g.IntN(3) > 0 {
		data, _ := json.Marshal(g.id())
		return string(data)
	}
	var b strings.Builder
	b.WriteByte('"')
	for range g.IntN(6) {
		switch g.IntN(12) {
		case 0:
			fmt.Fprintf(&b, `\u%04x`, g.IntN(1<<16))
		case 1:
			fmt.Fprintf(&b, `\u%04X`, 0xd800+g.IntN(0x800))
		case 2:
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+g.IntN(0x400), 0xdc00+g.IntN(0x400))
		case 3:
			b.WriteString(pick(g, []string{`\"`, `\\`, `\/`, `\b`, `\f`, `\n`, `\r`, `\t`, `\u0000`, `\u0022`, `\u005c`}))
		case 4:
			if g.IntN(8) == 0 {
				b.WriteString(pick(g, []string{`\a`, `\x41`, `\'`, `\u12`, `\u12g4`, `\U0001`, `\u+123`, `\u 123`, "\x00", "\x1f", "\n", "\t", `\`, `\0`, "\\\n", "\xff", "\xc3", "\xed\xa0\x80", "\xc0\xaf", "\xf5"}))
			}
		case 5:
			b.WriteString(pick(g, []string{"é", "€", "😀", "\x7f", "\u0085", "\u2028", "\ufffd", "\uffff", "\ufeff", "'", "/"}))
		default:
			b.WriteByte(byte('a' + g.IntN(26)))
		}
	}
	b.WriteByte('"')
	return b.String()
}

func (g *generator) reencode(text []byte) []byte {
	switch g.IntN(7) {
	case 0:
		return append([]byte("\xef\xbb\xbf"), text...)
	case 1, 2: // UTF-16
		b := []byte{}
		order := g.IntN(2)
		for _, c := range text {
			b = append(b, []byte{c, 0}[order], []byte{c, 0}[1-order])
		}
		return b
	case 3:
		return append(text, 0)
	case 4:
		return []byte(base64.URLEncoding.EncodeToString(text))
	case 5:
		quoted, _ := json.Marshal(string(text))
		return quoted
	}
	return append(append([]byte{'['}, text...), ']')
}

// long returns JSON that is about as long as a header may be.
func (g *generator) long() []byte {
	text := g.canonical()
	n := 3072 - 12 + g.IntN(24) - len(text)
	switch g.IntN(3) {
	case 0:
		return append(text, bytes.Repeat([]byte(" "), n)...)
	case 1:
		return []byte(`{"base_id": "` + strings.Repeat("b", n+len(text)-len(`{"base_id": ""}`)) + `"}`)
	}
	return []byte(`{"base_id": ` + strings.Repeat("9", n+len(text)-len(`{"base_id": }`)) + `}`)
}

func (g *generator) nested() []byte {
	depth := 1 + g.IntN(min(1400, 1<<(1+g.IntN(11))))
	opening, closing := "[", "]"
	if g.IntN(3) == 0 {
		opening, closing = `{"":`, "}"
		depth = min(depth, 550)
	}
	inner := pick(g, []string{"", "1", `"x"`, "null"})
	if inner == "" && opening != "[" {
		inner = "0"
	}
	value := strings.Repeat(opening, depth) + inner + strings.Repeat(closing, depth)
	return []byte(`{` + pick(g, []string{`"base_id": `, `"base_id": "b", "parent_id": `, `"base_id": "b", "hmac_key": `, `"base_id": "b", "other": `}) + value + `}`)
}

func (g *generator) noise(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(g.Uint32())
	}
	return b
}
