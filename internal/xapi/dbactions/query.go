package dbactions

import (
	"errors"
	"fmt"
	"strings"

	"github.com/xcp-dbus/xcp/internal/gen/codes"
	"github.com/xcp-dbus/xcp/internal/schema"
	"github.com/xcp-dbus/xcp/internal/xerr"
)

// maxQueryDepth bounds the nesting of brackets and "not"; nobody writes more.
const maxQueryDepth = 200

// A Query is a parsed where-expression over the rows of one class.
//
//	expr  := value "=" value | expr "and" expr | expr "or" expr | "not" expr
//	       | "true" | "false" | "(" expr ")"
//	value := "field" STRING | STRING
//
// "and" and "or" have one precedence, associate to the left and bind tighter
// than "not". There is no escape for the quote inside a string.
type Query struct {
	class *schema.Class
	root  node
}

// A Source gives the values of one row: that of a field, and its reference.
type Source interface {
	Value(f *schema.Field) any
	Reference() string
}

// ParseQuery reads an expression. What cannot be read is INVALID_VALUE with the
// expression and the reason. Field names are looked up only when a row needs
// them, as the reference does.
func ParseQuery(c *schema.Class, expr string) (*Query, error) {
	p := parser{class: c, rest: expr}
	root, err := p.expr()
	if p.space(); err == nil && p.rest != "" {
		err = fmt.Errorf("unexpected text at byte %d", len(expr)-len(p.rest))
	}
	if err != nil {
		return nil, xerr.Wrap(err, codes.INVALID_VALUE, expr, err.Error())
	}
	return &Query{class: c, root: root}, nil
}

// Match tells whether a row satisfies the query. A field the class does not
// have is INVALID_VALUE, if the row's truth depends on it.
func (q *Query) Match(row Source) (bool, error) { return q.root.match(row) }

// Equals returns the constant a field must equal for any row to match, if the
// query says so plainly: such queries can be answered by an index.
func (q *Query) Equals(column string) (string, bool) {
	e, ok := q.root.(*equal)
	if !ok {
		return "", false
	}
	l, r := e.left, e.right
	if l.column == "" {
		l, r = r, l
	}
	return r.text, l.column == column && r.column == ""
}

type node interface {
	match(Source) (bool, error)
}

type truth bool

func (t truth) match(Source) (bool, error) { return bool(t), nil }

type not struct{ of node }

func (n not) match(row Source) (bool, error) {
	ok, err := n.of.match(row)
	return !ok, err
}

// junction is "and", or "or" if any is set.
type junction struct {
	any         bool
	left, right node
}

func (j *junction) match(row Source) (bool, error) {
	ok, err := j.left.match(row)
	if err != nil || ok == j.any {
		return ok, err
	}
	return j.right.match(row)
}

type equal struct{ left, right operand }

// An operand is a constant, or a column if it names one. field is nil for a
// column that does not exist and for the reference itself.
type operand struct {
	text   string
	column string
	field  *schema.Field
}

// refColumn is the name queries know the reference by.
const refColumn = "_ref"

func (e *equal) match(row Source) (bool, error) {
	l, r := e.left, e.right
	if l.field == nil {
		l, r = r, l
	}
	if l.field != nil && l.field.Type.Kind == schema.Map && r.column == "" {
		return equalMap(row, l.field, r.text), nil
	}
	a, err := l.value(row)
	if err != nil {
		return false, err
	}
	b, err := r.value(row)
	return a == b, err
}

// equalMap compares maps whatever the order the query wrote their entries in.
func equalMap(row Source, f *schema.Field, text string) bool {
	v, err := Parse(f.Type, text)
	return err == nil && Format(f.Type, v) == Format(f.Type, row.Value(f))
}

func (o operand) value(row Source) (string, error) {
	switch {
	case o.column == "":
		return o.text, nil
	case o.column == refColumn:
		return row.Reference(), nil
	case o.field == nil:
		return "", xerr.New(codes.INVALID_VALUE, "field", o.column)
	}
	return Format(o.field.Type, row.Value(o.field)), nil
}

// parser is a recursive descent over the text; tokens need no separators, as
// in the reference's lexer.
type parser struct {
	class *schema.Class
	rest  string
	depth int
}

func (p *parser) space() { p.rest = strings.TrimLeft(p.rest, " \t\n") }

func (p *parser) eat(token string) bool {
	p.space()
	rest, ok := strings.CutPrefix(p.rest, token)
	if ok {
		p.rest = rest
	}
	return ok
}

func (p *parser) expr() (node, error) {
	if p.depth++; p.depth > maxQueryDepth {
		return nil, errors.New("the expression is nested too deeply")
	}
	defer func() { p.depth-- }()
	left, err := p.operandNode()
	for err == nil {
		j := &junction{left: left}
		if !p.eat("and") {
			if j.any = p.eat("or"); !j.any {
				break
			}
		}
		j.right, err = p.operandNode()
		left = j
	}
	return left, err
}

// operandNode reads one side of a junction. A "not" takes all that follows it
// up to the next closing bracket, since junctions bind tighter.
func (p *parser) operandNode() (node, error) {
	switch {
	case p.eat("not"):
		of, err := p.expr()
		return not{of}, err
	case p.eat("true"):
		return truth(true), nil
	case p.eat("false"):
		return truth(false), nil
	case p.eat("("):
		n, err := p.expr()
		if err == nil && !p.eat(")") {
			err = errors.New("a closing bracket is missing")
		}
		return n, err
	}
	return p.equal()
}

func (p *parser) equal() (node, error) {
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	if !p.eat("=") {
		return nil, errors.New(`"=" expected`)
	}
	right, err := p.operand()
	return &equal{left, right}, err
}

func (p *parser) operand() (operand, error) {
	isField := p.eat("field")
	if !p.eat(`"`) {
		return operand{}, errors.New("a quoted string expected")
	}
	text, rest, ok := strings.Cut(p.rest, `"`)
	if !ok {
		return operand{}, errors.New("a closing quote is missing")
	}
	p.rest = rest
	if !isField {
		return operand{text: text}, nil
	}
	return operand{column: text, field: column(p.class, text)}, nil
}

func column(c *schema.Class, name string) *schema.Field {
	for i := range c.Fields {
		if c.Fields[i].Column == name {
			return &c.Fields[i]
		}
	}
	return nil
}
