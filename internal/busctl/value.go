package busctl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/godbus/dbus/v5"

	"github.com/xcp-dbus/xcp/internal/bus/wire"
)

// maxNesting is D-Bus's own limit of containers in containers.
const maxNesting = 64

// parseWords turns words of a command line into the values of a signature:
// a word per complete type, basic types as they are, the others in JSON.
func parseWords(sig string, words []string) ([]any, error) {
	var values []any
	for n := 0; sig != ""; n++ {
		one, rest, err := wire.Split(sig)
		if err != nil {
			return nil, fmt.Errorf("cannot use signature %q: %w", sig, err)
		}
		if n >= len(words) {
			return nil, fmt.Errorf("cannot call with %d arguments: one of type %q is missing", len(words), one)
		}
		v, err := parseWord(one, words[n])
		if err != nil {
			return nil, fmt.Errorf("cannot use argument %d: %w", n+1, err)
		}
		values, sig = append(values, v), rest
	}
	if len(words) > len(values) {
		return nil, fmt.Errorf("cannot use argument %d: the signature has %d", len(values)+1, len(values))
	}
	return values, nil
}

// parseWord reads one value of one complete type.
func parseWord(sig, word string) (any, error) {
	switch sig {
	case "s", "o", "g":
		return textValue(sig, word)
	case "h":
		return nil, fmt.Errorf("descriptors cannot be sent from here")
	}
	dec := json.NewDecoder(strings.NewReader(word))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil || dec.More() {
		return nil, fmt.Errorf("%q is not JSON for type %q", word, sig)
	}
	return fromJSON(sig, v, 0)
}

func textValue(sig, text string) (any, error) {
	switch sig {
	case "o":
		if p := dbus.ObjectPath(text); p.IsValid() {
			return p, nil
		}
		return nil, fmt.Errorf("%q is no object path", text)
	case "g":
		s, err := dbus.ParseSignature(text)
		return s, err
	}
	return text, nil
}

// fromJSON makes a JSON value one of a complete type, in the Go types that
// wire marshals.
func fromJSON(sig string, v any, depth int) (any, error) {
	if depth > maxNesting {
		return nil, fmt.Errorf("more than %d values are nested", maxNesting)
	}
	switch {
	case sig == "v":
		return variantFromJSON(v, depth)
	case strings.HasPrefix(sig, "a{"):
		return dictFromJSON(sig, v, depth)
	case sig[0] == 'a':
		items, ok := v.([]any)
		if !ok {
			return nil, mismatch(sig, v)
		}
		out := make([]any, len(items))
		for i, item := range items {
			var err error
			if out[i], err = fromJSON(sig[1:], item, depth+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	case sig[0] == '(':
		return structFromJSON(sig, v, depth)
	}
	return basicFromJSON(sig, v)
}

func structFromJSON(sig string, v any, depth int) (any, error) {
	items, ok := v.([]any)
	if !ok {
		return nil, mismatch(sig, v)
	}
	var out []any
	for rest := sig[1 : len(sig)-1]; rest != ""; {
		one, after, err := wire.Split(rest)
		if err != nil {
			return nil, err
		}
		if len(out) == len(items) {
			return nil, mismatch(sig, v)
		}
		value, err := fromJSON(one, items[len(out)], depth+1)
		if err != nil {
			return nil, err
		}
		out, rest = append(out, value), after
	}
	if len(out) != len(items) {
		return nil, mismatch(sig, v)
	}
	return out, nil
}

// dictFromJSON takes an object; keys that are no text are written as text.
func dictFromJSON(sig string, v any, depth int) (any, error) {
	members, ok := v.(map[string]any)
	if !ok {
		return nil, mismatch(sig, v)
	}
	keySig, elemSig := sig[2:3], sig[3:len(sig)-1]
	out := make(map[any]any, len(members))
	for k, member := range members {
		var key any = k
		var err error
		if keySig != "s" {
			if key, err = parseWord(keySig, k); err != nil {
				return nil, err
			}
		}
		if out[key], err = fromJSON(elemSig, member, depth+1); err != nil {
			return nil, fmt.Errorf("%s: %w", k, err)
		}
	}
	return out, nil
}

// variantFromJSON guesses the type: text s, true b, a whole number x, another
// d, a list of texts as, an object a{sv}. {"type": "t", "value": 5} says it.
func variantFromJSON(v any, depth int) (any, error) {
	sig := "s"
	switch x := v.(type) {
	case bool:
		sig = "b"
	case json.Number:
		if sig = "x"; strings.ContainsAny(x.String(), ".eE") {
			sig = "d"
		}
	case []any:
		sig = "as"
	case map[string]any:
		given, ok := x["type"].(string)
		value, has := x["value"]
		if sig = "a{sv}"; ok && has && len(x) == 2 {
			sig, v = given, value
		}
	case nil:
		return nil, fmt.Errorf("null has no type on the bus")
	}
	one, rest, err := wire.Split(sig)
	if err != nil || rest != "" {
		return nil, fmt.Errorf("%q is not one complete type", sig)
	}
	value, err := fromJSON(one, v, depth+1)
	if err != nil {
		return nil, err
	}
	return dbus.MakeVariantWithSignature(value, dbus.ParseSignatureMust(one)), nil
}

func basicFromJSON(sig string, v any) (any, error) {
	switch x := v.(type) {
	case string:
		if sig == "s" || sig == "o" || sig == "g" {
			return textValue(sig, x)
		}
	case bool:
		if sig == "b" {
			return x, nil
		}
	case json.Number:
		return numberFromJSON(sig, x.String())
	}
	return nil, mismatch(sig, v)
}

func numberFromJSON(sig, text string) (any, error) {
	bits := map[string]int{"y": 8, "n": 16, "q": 16, "i": 32, "u": 32, "x": 64, "t": 64}[sig]
	switch sig {
	case "n", "i", "x":
		n, err := strconv.ParseInt(text, 10, bits)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s is no number of type %q", text, sig)
		case sig == "n":
			return int16(n), nil
		case sig == "i":
			return int32(n), nil
		}
		return n, nil
	case "y", "q", "u", "t":
		n, err := strconv.ParseUint(text, 10, bits)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s is no number of type %q", text, sig)
		case sig == "y":
			return byte(n), nil
		case sig == "q":
			return uint16(n), nil
		case sig == "u":
			return uint32(n), nil
		}
		return n, nil
	case "d":
		f, err := strconv.ParseFloat(text, 64)
		return f, err
	}
	return nil, mismatch(sig, json.Number(text))
}

func mismatch(sig string, v any) error {
	text, _ := json.Marshal(v)
	return fmt.Errorf("%.80s is no value of type %q", text, sig)
}

// plain makes a value from the bus one that encoding/json writes well.
func plain(v any) any {
	switch x := v.(type) {
	case dbus.Variant:
		return plain(x.Value())
	case dbus.Signature:
		return x.String()
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Sprint(x)
		}
	case map[string]dbus.Variant:
		out := make(map[string]any, len(x))
		for k, v := range x {
			out[k] = plain(v)
		}
		return out
	case []map[string]dbus.Variant:
		out := make([]any, len(x))
		for i, v := range x {
			out[i] = plain(v)
		}
		return out
	case map[string]map[string]dbus.Variant:
		out := make(map[string]any, len(x))
		for k, v := range x {
			out[k] = plain(v)
		}
		return out
	case map[int64]float64:
		out := make(map[string]any, len(x))
		for k, v := range x {
			out[strconv.FormatInt(k, 10)] = plain(v)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, v := range x {
			out[i] = plain(v)
		}
		return out
	case dbus.UnixFD, dbus.UnixFDIndex:
		return "descriptor"
	}
	return v
}

// show writes a value for people: text as it is, the rest as indented JSON.
func show(v any) string {
	v = plain(v)
	switch x := v.(type) {
	case string:
		return x
	case dbus.ObjectPath:
		return string(x)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSpace(b.String())
}
