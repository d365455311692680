package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// The expressions of GitHub's workflows, as far as ours go: literals, contexts,
// ==, !=, !, &&, || with the runner's own idea of truth, and a few functions. What
// is not known here is an error, and no empty string.

var (
	wholeExpression = regexp.MustCompile(`(?s)^\$\{\{(.*)\}\}$`)
	anExpression    = regexp.MustCompile(`(?s)\$\{\{(.*?)\}\}`)
	lexeme          = regexp.MustCompile(`^\s*('(?:[^']|'')*'|[A-Za-z_][A-Za-z0-9_-]*|[0-9]+|&&|\|\||==|!=|[().!,])`)
)

type expression struct {
	rest  string
	scope map[string]any
	funcs map[string]func(args []any) (any, error)
}

// expand replaces the expressions in a text. A text that is one expression keeps
// the value's type.
func expand(text string, scope map[string]any, funcs map[string]func([]any) (any, error)) (any, error) {
	if m := wholeExpression.FindStringSubmatch(text); m != nil && !strings.Contains(m[1], "${{") {
		return evaluate(m[1], scope, funcs)
	}
	var failed error
	out := anExpression.ReplaceAllStringFunc(text, func(part string) string {
		v, err := evaluate(anExpression.FindStringSubmatch(part)[1], scope, funcs)
		if err != nil {
			failed = err
		}
		return asText(v)
	})
	return out, failed
}

func evaluate(text string, scope map[string]any, funcs map[string]func([]any) (any, error)) (any, error) {
	e := &expression{rest: text, scope: scope, funcs: funcs}
	v, err := e.or()
	if err == nil && strings.TrimSpace(e.rest) != "" {
		err = fmt.Errorf("unread: %q", e.rest)
	}
	if err != nil {
		return nil, fmt.Errorf("${{%s}}: %w", text, err)
	}
	return v, nil
}

func (e *expression) peek() string {
	m := lexeme.FindStringSubmatch(e.rest)
	if m == nil {
		return ""
	}
	return m[1]
}

func (e *expression) take() string {
	m := lexeme.FindStringSubmatch(e.rest)
	if m == nil {
		return ""
	}
	e.rest = e.rest[len(m[0]):]
	return m[1]
}

func (e *expression) or() (any, error) {
	v, err := e.and()
	for err == nil && e.peek() == "||" {
		e.take()
		var next any
		if next, err = e.and(); !truth(v) {
			v = next
		}
	}
	return v, err
}

func (e *expression) and() (any, error) {
	v, err := e.equal()
	for err == nil && e.peek() == "&&" {
		e.take()
		var next any
		if next, err = e.equal(); truth(v) {
			v = next
		}
	}
	return v, err
}

func (e *expression) equal() (any, error) {
	v, err := e.unary()
	for op := e.peek(); err == nil && (op == "==" || op == "!="); op = e.peek() {
		e.take()
		var next any
		next, err = e.unary()
		v = strings.EqualFold(asText(v), asText(next)) == (op == "==")
	}
	return v, err
}

func (e *expression) unary() (any, error) {
	switch word := e.take(); {
	case word == "!":
		v, err := e.unary()
		return !truth(v), err
	case word == "(":
		v, err := e.or()
		if e.take() != ")" {
			return nil, fmt.Errorf("expected a closing bracket")
		}
		return v, err
	case word == "":
		return nil, fmt.Errorf("cannot read %q", e.rest)
	case word[0] == '\'':
		return strings.ReplaceAll(word[1:len(word)-1], "''", "'"), nil
	case word == "true", word == "false":
		return word == "true", nil
	case e.peek() == "(":
		return e.call(word)
	default:
		return e.context(word)
	}
}

func (e *expression) call(name string) (any, error) {
	e.take()
	var args []any
	for e.peek() != ")" {
		v, err := e.or()
		if err != nil {
			return nil, err
		}
		args = append(args, v)
		if e.peek() == "," {
			e.take()
		}
	}
	e.take()
	switch {
	case e.funcs[name] != nil:
		return e.funcs[name](args)
	case name == "fromJSON":
		var v any
		err := json.Unmarshal([]byte(asText(args[0])), &v)
		return v, err
	case name == "format":
		text := asText(args[0])
		for i, arg := range args[1:] {
			text = strings.ReplaceAll(text, fmt.Sprintf("{%d}", i), asText(arg))
		}
		return text, nil
	}
	return nil, fmt.Errorf("unknown function %s", name)
}

// context follows names from a context that must be there; what is missing below
// it is empty, as it is for the runner.
func (e *expression) context(name string) (any, error) {
	v, ok := e.scope[name]
	if !ok {
		return nil, fmt.Errorf("no context %q here", name)
	}
	for e.peek() == "." {
		e.take()
		below, _ := v.(map[string]any)
		v = below[e.take()]
	}
	return v, nil
}

func truth(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	}
	return true
}

func asText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool, float64, int:
		return fmt.Sprint(v)
	}
	text, _ := json.Marshal(v)
	return string(text)
}
