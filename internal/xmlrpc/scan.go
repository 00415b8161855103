package xmlrpc

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xcp-dbus/xcp/internal/rpc"
)

// A scanner reads the XML below the values: tags, text, and what may stand
// between them. Its methods leave pos after what they took.
type scanner struct {
	s   string
	pos int
	// The first text that is not UTF-8. Reading goes on: the document must be
	// sound before its parameters are judged.
	invalid   string
	isInvalid bool
}

type tagKind uint8

const (
	openTag tagKind = iota
	closeTag
	emptyTag
)

type tag struct {
	name string
	kind tagKind
}

func (c *scanner) fail(reason string) error {
	return &rpc.MalformedError{Offset: c.pos, Reason: reason}
}

// or is err, or a failure with this reason if there is none.
func (c *scanner) or(err error, reason string) error {
	if err != nil {
		return err
	}
	return c.fail(reason)
}

func (c *scanner) take(prefix string) bool {
	if strings.HasPrefix(c.s[c.pos:], prefix) {
		c.pos += len(prefix)
		return true
	}
	return false
}

// prolog skips the byte order mark and the XML declaration.
func (c *scanner) prolog() error {
	c.take("\uFEFF")
	if !c.take("<?xml") {
		return nil
	}
	for first := true; ; first = false {
		spaced := c.space()
		if c.take("?>") && !first {
			return nil
		}
		if !spaced {
			return c.fail("a malformed declaration")
		}
		name, value, err := c.attribute()
		switch {
		case err != nil:
			return err
		case first != (name == "version") || name == "version" && value != "1.0":
			return c.fail("the declaration does not say version 1.0")
		case name == "encoding" && !strings.EqualFold(value, "utf-8"):
			return c.fail("the encoding is not UTF-8")
		}
	}
}

// epilog sees that nothing but comments follows the document.
func (c *scanner) epilog() error {
	if err := c.misc(); err != nil {
		return err
	}
	if c.pos != len(c.s) {
		return c.fail("something follows the document")
	}
	return nil
}

// misc skips white space, comments and processing instructions.
func (c *scanner) misc() error {
	for c.pos < len(c.s) {
		switch b := c.s[c.pos]; {
		case b == ' ' || b == '\n' || b == '\t' || b == '\r':
			c.pos++
		case b == '<' && c.pos+1 < len(c.s) && (c.s[c.pos+1] == '!' || c.s[c.pos+1] == '?'):
			if strings.HasPrefix(c.s[c.pos:], "<![CDATA[") {
				return c.fail("text between elements")
			}
			if err := c.skip(); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return nil
}

// skip takes a comment or a processing instruction.
// On failure pos stays, so that whoever looks again fails again.
func (c *scanner) skip() error {
	rest, end := c.s[c.pos:], "?>"
	start := len("<?")
	if strings.HasPrefix(rest, "<!--") {
		start, end = len("<!--"), "-->"
	} else if !strings.HasPrefix(rest, "<?") {
		return c.fail("a document type or entity is not taken")
	}
	n := strings.Index(rest[start:], end)
	if n < 0 {
		return c.fail("no " + end)
	}
	inside := rest[start : start+n]
	if end == "-->" && (strings.Contains(inside, "--") || strings.HasSuffix(inside, "-")) ||
		end == "?>" && !isTarget(inside) {
		return c.fail("a malformed comment or instruction")
	}
	for _, r := range inside {
		if r == utf8.RuneError || !rpc.LegalRune(r) {
			return c.fail("an illegal character in a comment")
		}
	}
	c.pos += start + n + len(end)
	return nil
}

// isTarget tells whether an instruction begins with a name it may have.
func isTarget(inside string) bool {
	c := scanner{s: inside}
	name := c.name()
	return name != "" && !strings.EqualFold(name, "xml") && (c.pos == len(inside) || c.space())
}

// open takes an opening tag with this name, and tells if it was an empty one.
func (c *scanner) open(name string) (empty bool, err error) {
	if err := c.misc(); err != nil {
		return false, err
	}
	t, err := c.tag()
	if err != nil {
		return false, err
	}
	if t.kind == closeTag || t.name != name {
		return false, c.fail("<" + name + "> expected, not " + t.name)
	}
	return t.kind == emptyTag, nil
}

// close takes the closing tag with this name.
func (c *scanner) close(name string) error {
	if err := c.misc(); err != nil {
		return err
	}
	t, err := c.tag()
	if err != nil {
		return err
	}
	if t.kind != closeTag || t.name != name {
		return c.fail("</" + name + "> expected, not " + t.name)
	}
	return nil
}

// atClose tells whether a closing tag comes next; close(name) says whether it
// is the right one. What it skips is skipped for good.
func (c *scanner) atClose() bool {
	return c.misc() == nil && strings.HasPrefix(c.s[c.pos:], "</")
}

// leaf takes an element that holds text only.
func (c *scanner) leaf(name string) (string, error) {
	empty, err := c.open(name)
	if err != nil || empty {
		return "", err
	}
	return c.rest(tag{name: name})
}

// rest takes the text of an element whose opening tag was t, and its end.
func (c *scanner) rest(t tag) (string, error) {
	if t.kind == emptyTag {
		return "", nil
	}
	text, err := c.text()
	if err != nil {
		return "", err
	}
	end, err := c.tag()
	if err != nil {
		return "", err
	}
	if end.kind != closeTag || end.name != t.name {
		return "", c.fail("</" + t.name + "> expected, not " + end.name)
	}
	return text, nil
}

// tag takes any tag. Attributes are checked for form and forgotten.
func (c *scanner) tag() (tag, error) {
	if !c.take("<") {
		return tag{}, c.fail("a tag expected")
	}
	var t tag
	if c.take("/") {
		t.kind = closeTag
	}
	if t.name = c.name(); t.name == "" {
		return t, c.fail("a tag without a name")
	}
	if c.take(">") {
		return t, nil
	}
	for {
		spaced := c.space()
		switch {
		case c.take(">"):
			return t, nil
		case t.kind == openTag && c.take("/>"):
			t.kind = emptyTag
			return t, nil
		case t.kind == closeTag || !spaced:
			return t, c.fail("a malformed tag")
		}
		if _, _, err := c.attribute(); err != nil {
			return t, err
		}
	}
}

func (c *scanner) attribute() (name, value string, err error) {
	if name = c.name(); name == "" {
		return "", "", c.fail("a malformed tag")
	}
	c.space()
	if !c.take("=") {
		return "", "", c.fail("an attribute without a value")
	}
	c.space()
	if c.pos == len(c.s) || c.s[c.pos] != '"' && c.s[c.pos] != '\'' {
		return "", "", c.fail("an attribute without quotes")
	}
	n := strings.IndexByte(c.s[c.pos+1:], c.s[c.pos])
	if n < 0 {
		return "", "", c.fail("an attribute without an end")
	}
	value = c.s[c.pos+1 : c.pos+1+n]
	for _, r := range value {
		if r == '<' || r == '&' || r == utf8.RuneError || !rpc.LegalRune(r) {
			return "", "", c.fail("an illegal character in an attribute")
		}
	}
	c.pos += n + 2
	return name, value, nil
}

// name takes a name; all names of XML-RPC are ASCII.
func (c *scanner) name() string {
	start := c.pos
	for c.pos < len(c.s) && isName(c.s[c.pos], c.pos == start) {
		c.pos++
	}
	return c.s[start:c.pos]
}

func isName(b byte, first bool) bool {
	switch {
	case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', b == '_', b == ':':
		return true
	}
	return !first && ('0' <= b && b <= '9' || b == '.' || b == '-')
}

func (c *scanner) space() (some bool) {
	for c.pos < len(c.s) && isSpaceByte(c.s[c.pos]) {
		c.pos++
		some = true
	}
	return some
}

// plain marks the bytes of text that stand for themselves.
var plain = func() (p [256]bool) {
	for b := 0x20; b < utf8.RuneSelf; b++ {
		p[b] = b != '<' && b != '&' && b != ']'
	}
	p['\t'], p['\n'] = true, true
	return p
}()

// text takes character data up to the next tag. A run without escapes is a
// part of the document, not a copy.
func (c *scanner) text() (string, error) {
	start := c.pos
	var b []byte // what came before start, once something had to be rewritten
	rewrite := func(s string) {
		b = append(append(b, c.s[start:c.pos]...), s...)
	}
	bad := false
	for {
		for c.pos < len(c.s) && plain[c.s[c.pos]] {
			c.pos++
		}
		if c.pos == len(c.s) {
			return "", c.fail("the document ends within text")
		}
		switch ch := c.s[c.pos]; {
		case ch == '<' && c.isMarkup():
			rewrite("")
			data, err := c.markup()
			if err != nil {
				return "", err
			}
			var broken bool
			if b, broken, err = c.appendCDATA(b, data); err != nil {
				return "", err
			}
			bad = bad || broken
			start = c.pos
		case ch == '<':
			text := c.s[start:c.pos]
			if b != nil {
				text = string(append(b, text...))
			}
			c.note(text, bad)
			return text, nil
		case ch == '&':
			rewrite("")
			r, err := c.reference()
			if err != nil {
				return "", err
			}
			b = utf8.AppendRune(b, r)
			start = c.pos
		case ch == '\r': // a line's end is one LF, however it was sent
			rewrite("\n")
			c.pos++
			c.take("\n")
			start = c.pos
		case ch == ']':
			if strings.HasPrefix(c.s[c.pos:], "]]>") {
				return "", c.fail("]]> in text")
			}
			c.pos++
		default:
			n, broken, err := c.rune()
			if err != nil {
				return "", err
			}
			bad = bad || broken
			c.pos += n
		}
	}
}

// note remembers the first text that is not UTF-8.
func (c *scanner) note(text string, bad bool) {
	if bad && !c.isInvalid {
		c.invalid, c.isInvalid = text, true
	}
}

// rune measures the character at pos that is no plain one.
func (c *scanner) rune() (size int, broken bool, err error) {
	r, n := utf8.DecodeRuneInString(c.s[c.pos:])
	if r == utf8.RuneError && n == 1 {
		return 1, true, nil
	}
	if !rpc.LegalRune(r) {
		return 0, false, c.fail("a character that XML does not allow")
	}
	return n, false, nil
}

// isMarkup tells whether the < at pos begins something other than a tag.
func (c *scanner) isMarkup() bool {
	return c.pos+1 < len(c.s) && (c.s[c.pos+1] == '!' || c.s[c.pos+1] == '?')
}

// markup takes what isMarkup found; the result is the text in a CDATA section.
func (c *scanner) markup() (string, error) {
	if !c.take("<![CDATA[") {
		return "", c.skip()
	}
	n := strings.Index(c.s[c.pos:], "]]>")
	if n < 0 {
		return "", c.fail("a CDATA section without an end")
	}
	data := c.s[c.pos : c.pos+n]
	c.pos += n + len("]]>")
	return data, nil
}

// appendCDATA checks the characters of a section and gives its lines one end.
func (c *scanner) appendCDATA(b []byte, data string) (out []byte, broken bool, err error) {
	for i, r := range data {
		if !rpc.LegalRune(r) {
			return nil, false, c.fail("a character that XML does not allow")
		}
		if r == utf8.RuneError && !strings.HasPrefix(data[i:], "\uFFFD") {
			broken = true
		}
	}
	if strings.IndexByte(data, '\r') >= 0 {
		data = strings.ReplaceAll(strings.ReplaceAll(data, "\r\n", "\n"), "\r", "\n")
	}
	return append(b, data...), broken, nil
}

// reference takes an entity or character reference.
func (c *scanner) reference() (rune, error) {
	const longest = len("&#1114111;")
	n := strings.IndexByte(c.s[c.pos:min(len(c.s), c.pos+longest+8)], ';')
	if n < 0 {
		return 0, c.fail("an & without its ;")
	}
	name := c.s[c.pos+1 : c.pos+n]
	c.pos += n + 1
	switch name {
	case "amp":
		return '&', nil
	case "lt":
		return '<', nil
	case "gt":
		return '>', nil
	case "quot":
		return '"', nil
	case "apos":
		return '\'', nil
	}
	digits, isChar := strings.CutPrefix(name, "#")
	base := 10
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	r, err := strconv.ParseUint(digits, base, 32)
	if !isChar || err != nil || r > utf8.MaxRune || !rpc.LegalRune(rune(r)) {
		return 0, c.fail("&" + name + "; is not a reference that is taken")
	}
	return rune(r), nil
}

func isSpaceByte(b byte) bool { return b == ' ' || b == '\n' || b == '\t' || b == '\r' }

func isSpace(s string) bool { return trim(s) == "" }

func trim(s string) string { return strings.Trim(s, " \t\r\n") }
