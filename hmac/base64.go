// SPDX-License-Identifier: Apache-2.0

package hmac

import "encoding/base64"

// decodeLenient decodes src into dst, which is at least as long, as Python's
// binascii.a2b_base64 does outside its strict mode, after urlsafe_b64decode has
// mapped the URL alphabet to the standard one: it skips characters of neither
// alphabet, and stops after the first complete padding. It returns an error
// where Python reports wrong padding, or a text that is not ASCII.
func decodeLenient(dst, src []byte) (int, error) {
	n, quad, pads := 0, 0, 0
	var left byte
	for i, c := range src {
		if c >= 0x80 {
			return 0, base64.CorruptInputError(i)
		}
		if c == '=' {
			if quad >= 2 {
				pads++
				if quad+pads >= 4 {
					return n, asciiOnly(src[i:])
				}
			}
			continue
		}
		v, ok := sextet(c)
		if !ok {
			continue
		}
		pads = 0
		switch quad {
		case 1:
			dst[n] = left<<2 | v>>4
			n++
		case 2:
			dst[n] = left<<4 | v>>2
			n++
		case 3:
			dst[n] = left<<6 | v
			n++
		}
		left = v
		quad = (quad + 1) % 4
	}
	if quad != 0 {
		return 0, base64.CorruptInputError(len(src))
	}
	return n, nil
}

func asciiOnly(src []byte) error {
	for i, c := range src {
		if c >= 0x80 {
			return base64.CorruptInputError(i)
		}
	}
	return nil
}

func sextet(c byte) (byte, bool) {
	switch {
	case c >= 'A' && c <= 'Z':
		return c - 'A', true
	case c >= 'a' && c <= 'z':
		return c - 'a' + 26, true
	case c >= '0' && c <= '9':
		return c - '0' + 52, true
	case c == '+' || c == '-':
		return 62, true
	case c == '/' || c == '_':
		return 63, true
	}
	return 0, false
}
