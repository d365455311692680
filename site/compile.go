package site

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"reflect"
	"strconv"
	"text/template/parse"
)

// html/template walks a parse tree and calls each escaper through reflection,
// which costs more than all other work on a page together. Its analysis,
// which escaper belongs where, is done once and left in the tree. So a page's
// template is compiled from that very tree, for the one Go type that is its
// data: the same tree, the same escapers in the same places, without the walk.
//
// Only what the built-in templates use is compiled: fields, if, range, with,
// template, and eq with a constant. A theme may use all of html/template; a
// template that does is executed by html/template, as slowly as ever.

// program writes a page from its data. The value's type is the one it was
// compiled for.
type program func(w *bytes.Buffer, dot reflect.Value)

// compiler compiles the templates of one escaped set.
type compiler struct {
	set  *template.Template
	done map[programKey]*program
}

type programKey struct {
	name string
	dot  reflect.Type
}

// compile returns the program of a template for data of a type, a pointer to a
// struct; an error says what cannot be compiled. The set must hold nothing that
// was changed since its first execution.
func (c *compiler) compile(name string, dot reflect.Type) (*program, error) {
	key := programKey{name, dot}
	if p, ok := c.done[key]; ok {
		return p, nil // perhaps not ready yet: a template that calls itself
	}
	t := c.set.Lookup(name)
	if t == nil || t.Tree == nil {
		return nil, fmt.Errorf("no template %q", name)
	}
	p := new(program)
	c.done[key] = p
	body, err := c.list(t.Tree.Root, dot)
	if err != nil {
		delete(c.done, key)
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	*p = body
	return p, nil
}

// escape makes html/template analyse a template, by executing it on nothing.
// The analysis comes first, so an error of the execution does not matter; one of
// the analysis comes again with the first page.
func escape(set *template.Template, name string) {
	_ = set.ExecuteTemplate(io.Discard, name, nil)
}

func (c *compiler) list(list *parse.ListNode, dot reflect.Type) (program, error) {
	var parts []program
	if list != nil {
		for _, n := range list.Nodes {
			p, err := c.node(n, dot)
			if err != nil {
				return nil, err
			}
			parts = append(parts, p)
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return func(w *bytes.Buffer, dot reflect.Value) {
		for _, p := range parts {
			p(w, dot)
		}
	}, nil
}

func (c *compiler) node(n parse.Node, dot reflect.Type) (program, error) {
	switch n := n.(type) {
	case *parse.TextNode:
		text := n.Text
		return func(w *bytes.Buffer, _ reflect.Value) { w.Write(text) }, nil
	case *parse.CommentNode:
		return func(*bytes.Buffer, reflect.Value) {}, nil
	case *parse.ActionNode:
		return c.action(n.Pipe, dot)
	case *parse.IfNode:
		return c.branch(&n.BranchNode, dot)
	case *parse.RangeNode:
		return c.loop(n, dot)
	case *parse.TemplateNode:
		return c.call(n, dot)
	}
	return nil, fmt.Errorf("%s is not compiled", n)
}

// getter finds a value in the data.
type getter struct {
	kind  reflect.Type
	value func(reflect.Value) reflect.Value
}

// field resolves `.`, `.A` and `.A.B`.
func field(n parse.Node, dot reflect.Type) (getter, error) {
	if _, ok := n.(*parse.DotNode); ok {
		return getter{dot, func(v reflect.Value) reflect.Value { return v }}, nil
	}
	f, ok := n.(*parse.FieldNode)
	if !ok {
		return getter{}, fmt.Errorf("%s is not compiled", n)
	}
	var steps [][]int
	at := dot
	for _, name := range f.Ident {
		if at.Kind() == reflect.Pointer {
			at = at.Elem()
			steps = append(steps, nil)
		}
		if at.Kind() != reflect.Struct {
			return getter{}, fmt.Errorf("%s has no field %s", at, name)
		}
		s, ok := at.FieldByName(name)
		if _, method := reflect.PointerTo(at).MethodByName(name); !ok || !s.IsExported() || method {
			return getter{}, fmt.Errorf("%s has no field %s", at, name)
		}
		steps = append(steps, s.Index)
		at = s.Type
	}
	return getter{at, func(v reflect.Value) reflect.Value {
		for _, index := range steps {
			if index == nil {
				v = v.Elem()
				continue
			}
			for _, i := range index {
				v = v.Field(i)
			}
		}
		return v
	}}, nil
}

// single returns the one node of a pipeline without declarations.
func single(pipe *parse.PipeNode) (parse.Node, error) {
	if pipe == nil || len(pipe.Decl) > 0 || len(pipe.Cmds) != 1 || len(pipe.Cmds[0].Args) != 1 {
		return nil, fmt.Errorf("%s is not compiled", pipe)
	}
	return pipe.Cmds[0].Args[0], nil
}

// action writes a value through its escapers.
func (c *compiler) action(pipe *parse.PipeNode, dot reflect.Type) (program, error) {
	if len(pipe.Decl) > 0 || len(pipe.Cmds) < 2 || len(pipe.Cmds[0].Args) != 1 {
		return nil, fmt.Errorf("%s is not compiled", pipe)
	}
	from, err := field(pipe.Cmds[0].Args[0], dot)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, cmd := range pipe.Cmds[1:] {
		ident, ok := cmd.Args[0].(*parse.IdentifierNode)
		if !ok || len(cmd.Args) != 1 {
			return nil, fmt.Errorf("%s is not compiled", pipe)
		}
		names = append(names, ident.Ident)
	}
	escapers, err := escapersOf(names, from.kind)
	if err != nil {
		return nil, err
	}
	if from.kind.Kind() == reflect.Int {
		return func(w *bytes.Buffer, dot reflect.Value) {
			w.Write(strconv.AppendInt(w.AvailableBuffer(), from.value(dot).Int(), 10))
		}, nil
	}
	return func(w *bytes.Buffer, dot reflect.Value) {
		s := from.value(dot).String()
		for _, escape := range escapers {
			s = escape(s)
		}
		w.WriteString(s)
	}, nil
}

// branch compiles if.
func (c *compiler) branch(n *parse.BranchNode, dot reflect.Type) (program, error) {
	test, err := condition(n.Pipe, dot)
	if err != nil {
		return nil, err
	}
	then, err := c.list(n.List, dot)
	if err != nil {
		return nil, err
	}
	otherwise, err := c.list(n.ElseList, dot)
	if err != nil {
		return nil, err
	}
	return func(w *bytes.Buffer, dot reflect.Value) {
		if test(dot) {
			then(w, dot)
		} else {
			otherwise(w, dot)
		}
	}, nil
}

// condition compiles `.Field` and `eq .Field "constant"`.
func condition(pipe *parse.PipeNode, dot reflect.Type) (func(reflect.Value) bool, error) {
	if pipe == nil || len(pipe.Decl) > 0 || len(pipe.Cmds) != 1 {
		return nil, fmt.Errorf("%s is not compiled", pipe)
	}
	args := pipe.Cmds[0].Args
	if len(args) == 1 {
		from, err := field(args[0], dot)
		if err != nil {
			return nil, err
		}
		switch from.kind.Kind() {
		case reflect.String, reflect.Slice:
			return func(v reflect.Value) bool { return from.value(v).Len() > 0 }, nil
		case reflect.Bool:
			return func(v reflect.Value) bool { return from.value(v).Bool() }, nil
		case reflect.Int:
			return func(v reflect.Value) bool { return from.value(v).Int() != 0 }, nil
		}
		return nil, fmt.Errorf("the truth of %s is not compiled", from.kind)
	}
	ident, ok := args[0].(*parse.IdentifierNode)
	if !ok || ident.Ident != "eq" || len(args) != 3 {
		return nil, fmt.Errorf("%s is not compiled", pipe)
	}
	from, err := field(args[1], dot)
	want, ok := args[2].(*parse.StringNode)
	if err != nil || !ok || from.kind.Kind() != reflect.String {
		return nil, fmt.Errorf("%s is not compiled", pipe)
	}
	return func(v reflect.Value) bool { return from.value(v).String() == want.Text }, nil
}

// loop compiles range over a slice.
func (c *compiler) loop(n *parse.RangeNode, dot reflect.Type) (program, error) {
	arg, err := single(n.Pipe)
	if err != nil {
		return nil, err
	}
	from, err := field(arg, dot)
	if err != nil {
		return nil, err
	}
	if from.kind.Kind() != reflect.Slice {
		return nil, fmt.Errorf("a range over %s is not compiled", from.kind)
	}
	body, err := c.list(n.List, from.kind.Elem())
	if err != nil {
		return nil, err
	}
	otherwise, err := c.list(n.ElseList, dot)
	if err != nil {
		return nil, err
	}
	return func(w *bytes.Buffer, dot reflect.Value) {
		list := from.value(dot)
		for i := range list.Len() {
			body(w, list.Index(i))
		}
		if list.Len() == 0 {
			otherwise(w, dot)
		}
	}, nil
}

// call compiles a template in a template.
func (c *compiler) call(n *parse.TemplateNode, dot reflect.Type) (program, error) {
	arg, err := single(n.Pipe)
	if err != nil {
		return nil, err
	}
	from, err := field(arg, dot)
	if err != nil {
		return nil, err
	}
	body, err := c.compile(n.Name, from.kind)
	if err != nil {
		return nil, err
	}
	return func(w *bytes.Buffer, dot reflect.Value) { (*body)(w, from.value(dot)) }, nil
}
