package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// Config is what Grafana reads from grafana.ini and from GF_<SECTION>_<KEY>, the environment above the file.
type Config struct {
	values map[string]string
	getenv func(string) string
}

var notInNames = regexp.MustCompile(`[^A-Z0-9]`)

// LoadConfig reads the ini file, where there is one: its path is GF_PATHS_CONFIG, as in Grafana's image.
func LoadConfig(getenv func(string) string) (*Config, error) {
	config := &Config{values: map[string]string{}, getenv: getenv}
	path := getenv("GF_PATHS_CONFIG")
	if path == "" {
		path = "/etc/grafana/grafana.ini"
	}
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return config, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	section, lines := "", bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		switch {
		case line == "" || line[0] == '#' || line[0] == ';':
		case line[0] == '[' && strings.HasSuffix(line, "]"):
			section = strings.Trim(line, "[] ")
		default:
			key, value, found := strings.Cut(line, "=")
			if !found {
				return nil, fmt.Errorf("%s:%d: expected key = value", path, n)
			}
			config.values[section+"."+strings.TrimSpace(key)] = strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return config, lines.Err()
}

// Text of a key: GF_SECTION_KEY, else the file that GF_SECTION_KEY__FILE names, else grafana.ini, else the default.
func (c *Config) Text(section, key, otherwise string) (string, error) {
	name := "GF_" + notInNames.ReplaceAllString(strings.ToUpper(section+"_"+key), "_")
	if value := c.getenv(name); value != "" {
		if fileReference.MatchString(value) { // a password may hold a dollar of its own
			return expandVariables(value, c.getenv)
		}
		return value, nil
	}
	if path := c.getenv(name + "__FILE"); path != "" {
		content, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("%s__FILE: %w", name, err)
		}
		return strings.TrimSpace(string(content)), nil
	}
	if value, found := c.values[section+"."+key]; found && value != "" {
		return expandVariables(value, c.getenv)
	}
	return otherwise, nil
}

// Options are the settings that mean something here; all others are Grafana's alone and are left unread.
type Options struct {
	Address, Provisioning, Data, RootURL string
	AdminUser, AdminPassword             string
	AllowSignUp, Anonymous, CookieSecure bool
	MaxLoginAttempts                     int
	Plugins, DisabledPlugins             []string
}

// Options of the configuration; every wrong one is named.
func (c *Config) Options() (Options, error) {
	var problems []error
	text := func(section, key, otherwise string) string {
		value, err := c.Text(section, key, otherwise)
		if err != nil {
			problems = append(problems, err)
		}
		return value
	}
	flag := func(section, key string) bool {
		value, err := strconv.ParseBool(text(section, key, "false"))
		if err != nil {
			problems = append(problems, fmt.Errorf("[%s] %s: %w", section, key, err))
		}
		return value
	}
	attempts, err := strconv.Atoi(text("security", "brute_force_login_protection_max_attempts", "5"))
	if err != nil {
		problems = append(problems, fmt.Errorf("[security] brute_force_login_protection_max_attempts: %w", err))
	}
	home := text("paths", "home", "/usr/share/grafana")
	options := Options{
		Address:          text("server", "http_addr", "") + ":" + text("server", "http_port", "3000"),
		Provisioning:     text("paths", "provisioning", filepath.Join(home, "conf/provisioning")),
		Data:             text("paths", "data", "/var/lib/grafana"),
		RootURL:          text("server", "root_url", "http://localhost:3000/"),
		AdminUser:        text("security", "admin_user", "admin"),
		AdminPassword:    text("security", "admin_password", "admin"),
		AllowSignUp:      flag("users", "allow_sign_up"),
		Anonymous:        flag("auth.anonymous", "enabled"),
		CookieSecure:     flag("security", "cookie_secure"),
		DisabledPlugins:  pluginNames(text("plugins", "disable_plugins", "")),
		MaxLoginAttempts: attempts,
		Plugins:          pluginNames(c.getenv("GF_INSTALL_PLUGINS"), text("plugins", "preinstall", ""), text("plugins", "preinstall_sync", "")),
	}
	return options, errors.Join(problems...)
}

// pluginNames reads `id`, `id version`, `id@version` and `id@version@url`, with commas between.
func pluginNames(lists ...string) []string {
	names := []string{}
	for _, entry := range strings.Split(strings.Join(lists, ","), ",") {
		entry = strings.TrimSpace(entry)
		if i := strings.IndexAny(entry, "@ "); i >= 0 {
			entry = entry[:i]
		}
		if entry != "" {
			names = append(names, entry)
		}
	}
	return names
}

var fileReference = regexp.MustCompile(`\$__(file|env)\{([^}]*)\}`)

// expandVariables does what Grafana does to its files: $__file{…}, $__env{…}, $NAME, ${NAME}, and $$ for a dollar.
func expandVariables(text string, getenv func(string) string) (string, error) {
	var problem error
	// A dollar in what a file or variable holds is a dollar: it is put behind the reach of the second step.
	text = fileReference.ReplaceAllStringFunc(text, func(found string) string {
		parts := fileReference.FindStringSubmatch(found)
		value := getenv(parts[2])
		if parts[1] == "file" {
			content, err := os.ReadFile(parts[2])
			if err != nil {
				problem = err
			}
			value = strings.TrimSpace(string(content))
		}
		return strings.ReplaceAll(value, "$", "$$")
	})
	return os.Expand(text, func(name string) string {
		if name == "$" {
			return "$"
		}
		return getenv(name)
	}), problem
}
