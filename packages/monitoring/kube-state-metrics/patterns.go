package main

import (
	"fmt"
	"regexp"
	"strings"
)

// patterns are the names of labels or annotations that are allowed; `*` stands for any letters.
type patterns []*regexp.Regexp

func (p patterns) match(name string) bool {
	for _, each := range p {
		if each.MatchString(name) {
			return true
		}
	}
	return false
}

// allowlist has the allowed names by resource; `*` is every resource.
type allowlist map[string]patterns

func (a allowlist) of(resource string) patterns {
	return append(append(patterns{}, a["*"]...), a[resource]...)
}

var allowed = regexp.MustCompile(`^([a-z]+|\*)=\[([^\[\]]*)\](,|$)`)

// parseAllowlist reads upstream's notation: `pods=[app,team-*],namespaces=[*]`.
func parseAllowlist(text string) (allowlist, error) {
	list := allowlist{}
	for rest := strings.TrimPrefix(text, "="); rest != ""; {
		found := allowed.FindStringSubmatch(rest)
		if found == nil {
			return nil, fmt.Errorf("%q is not resource=[name,…],…", rest)
		}
		for _, name := range strings.Split(found[2], ",") {
			if name = strings.TrimSpace(name); name == "" {
				continue
			}
			quoted := strings.ReplaceAll(regexp.QuoteMeta(name), `\*`, ".*")
			list[found[1]] = append(list[found[1]], regexp.MustCompile("^"+quoted+"$"))
		}
		rest = rest[len(found[0]):]
	}
	return list, nil
}

// parsePatterns reads a list of metrics: names, or regular expressions that may match anywhere, as upstream's do.
func parsePatterns(text string) (patterns, error) {
	list := patterns{}
	for _, each := range splitList(text) {
		pattern, err := regexp.Compile(each)
		if err != nil {
			return nil, err
		}
		list = append(list, pattern)
	}
	return list, nil
}

func splitList(text string) []string {
	out := []string{}
	for _, each := range strings.Split(text, ",") {
		if each = strings.TrimSpace(each); each != "" {
			out = append(out, each)
		}
	}
	return out
}
