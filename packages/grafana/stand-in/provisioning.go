package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"
)

// Datasource is one of a provisioning file, and what Grafana's API tells of it.
type Datasource struct {
	ID        int               `yaml:"-"`
	UID       string            `yaml:"uid"`
	Name      string            `yaml:"name"`
	Type      string            `yaml:"type"`
	Access    string            `yaml:"access"`
	OrgID     int               `yaml:"orgId"`
	URL       string            `yaml:"url"`
	IsDefault bool              `yaml:"isDefault"`
	Editable  bool              `yaml:"editable"`
	JSONData  map[string]any    `yaml:"jsonData"`
	Secure    map[string]string `yaml:"secureJsonData"`
}

// Provider is a folder of dashboards that a provisioning file names.
type Provider struct {
	Name                  string `yaml:"name"`
	Folder                string `yaml:"folder"`
	Type                  string `yaml:"type"`
	AllowUIUpdates        bool   `yaml:"allowUiUpdates"`
	UpdateIntervalSeconds int    `yaml:"updateIntervalSeconds"`
	Options               struct {
		Path string `yaml:"path"`
	} `yaml:"options"`
}

// Dashboard is one JSON file of a provider.
type Dashboard struct {
	ID                  int
	UID, Title, File    string
	Tags                []string
	Provider            Provider
	Content             map[string]any
	Created, LastChange time.Time
}

// yamlFiles of a folder, in their order, each decoded into a new value of `into`. A folder that is not there is empty.
func yamlFiles(folder string, getenv func(string) string, decode func(*yaml.Node) error) error {
	paths, _ := filepath.Glob(filepath.Join(folder, "*.y*ml"))
	sort.Strings(paths)
	var problems []error
	for _, path := range paths {
		content, err := os.ReadFile(path)
		var node yaml.Node
		if err == nil {
			err = yaml.Unmarshal(content, &node)
		}
		if err == nil {
			err = expandNode(&node, getenv)
		}
		if err == nil && node.Kind != 0 {
			err = decode(&node)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", path, err))
		}
	}
	return errors.Join(problems...)
}

func expandNode(node *yaml.Node, getenv func(string) string) error {
	if node.Kind == yaml.ScalarNode && strings.Contains(node.Value, "$") {
		value, err := expandVariables(node.Value, getenv)
		node.Value = value
		return err
	}
	for _, child := range node.Content {
		if err := expandNode(child, getenv); err != nil {
			return err
		}
	}
	return nil
}

// LoadDatasources reads provisioning/datasources/*.yaml. As in Grafana a wrong file ends the start.
func LoadDatasources(provisioning string, getenv func(string) string) ([]Datasource, error) {
	var all []Datasource
	err := yamlFiles(filepath.Join(provisioning, "datasources"), getenv, func(node *yaml.Node) error {
		var file struct {
			Datasources []Datasource `yaml:"datasources"`
		}
		if err := node.Decode(&file); err != nil {
			return err
		}
		for _, each := range file.Datasources {
			if each.Name == "" || each.Type == "" {
				return fmt.Errorf("datasource %q: name and type are required", each.Name)
			}
			if _, err := url.Parse(each.URL); err != nil {
				return fmt.Errorf("datasource %q: %w", each.Name, err)
			}
			if each.Access == "" {
				each.Access = "proxy"
			}
			if each.UID == "" {
				each.UID = slug(each.Name)
			}
			for _, other := range all {
				if each.IsDefault && other.IsDefault {
					return errors.New("Datasource provisioning error: datasource.yaml config is invalid. Only one datasource per organization can be marked as default")
				}
				if each.UID == other.UID || each.Name == other.Name {
					return fmt.Errorf("datasource %q (uid %s) is there twice", each.Name, each.UID)
				}
			}
			each.ID, each.OrgID = len(all)+1, 1
			all = append(all, each)
		}
		return nil
	})
	return all, err
}

// Library holds the provisioned dashboards and reads their folders again when a provider's interval is over.
type Library struct {
	mutex      sync.Mutex
	providers  []Provider
	scanned    time.Time
	interval   time.Duration
	dashboards map[string]*Dashboard
	ids        map[string]int
	log        func(string, ...any)
	said       map[string]bool
}

// LoadLibrary reads provisioning/dashboards/*.yaml.
func LoadLibrary(provisioning string, getenv func(string) string, log func(string, ...any)) (*Library, error) {
	library := &Library{interval: 10 * time.Second, ids: map[string]int{}, said: map[string]bool{}, log: log}
	err := yamlFiles(filepath.Join(provisioning, "dashboards"), getenv, func(node *yaml.Node) error {
		var file struct {
			Providers []Provider `yaml:"providers"`
		}
		if err := node.Decode(&file); err != nil {
			return err
		}
		for _, each := range file.Providers {
			if each.Type != "" && each.Type != "file" || each.Options.Path == "" {
				return fmt.Errorf("dashboard provider %q: type file and options.path are required", each.Name)
			}
			if seconds := each.UpdateIntervalSeconds; seconds > 0 {
				library.interval = min(library.interval, time.Duration(seconds)*time.Second)
			}
			library.providers = append(library.providers, each)
		}
		return nil
	})
	return library, err
}

// All dashboards, by title.
func (l *Library) All() []*Dashboard {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.scan()
	all := make([]*Dashboard, 0, len(l.dashboards))
	for _, each := range l.dashboards {
		all = append(all, each)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Title < all[j].Title })
	return all
}

// Get a dashboard by its uid, or nil.
func (l *Library) Get(uid string) *Dashboard {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.scan()
	return l.dashboards[uid]
}

func (l *Library) scan() {
	if l.dashboards != nil && time.Since(l.scanned) < l.interval {
		return
	}
	found := map[string]*Dashboard{}
	for _, provider := range l.providers {
		err := filepath.WalkDir(provider.Options.Path, func(path string, entry fs.DirEntry, err error) error {
			// A mounted ConfigMap holds its files once more in folders whose names begin with two dots.
			if err == nil && entry.IsDir() && strings.HasPrefix(entry.Name(), "..") {
				return filepath.SkipDir
			}
			if err != nil || entry.IsDir() || filepath.Ext(path) != ".json" {
				return err
			}
			dashboard, err := readDashboard(path)
			if err == nil && found[dashboard.UID] != nil {
				err = fmt.Errorf("the uid %s is that of %s too", dashboard.UID, found[dashboard.UID].File)
			}
			if err != nil {
				l.once("failed to load dashboard from " + path + ": " + err.Error())
				return nil
			}
			if l.ids[dashboard.UID] == 0 {
				l.ids[dashboard.UID] = len(l.ids) + 1
			}
			dashboard.ID, dashboard.Provider = l.ids[dashboard.UID], provider
			found[dashboard.UID] = dashboard
			return nil
		})
		if err != nil {
			l.once("dashboard provider " + provider.Name + ": " + err.Error())
		}
	}
	l.dashboards, l.scanned = found, time.Now()
}

func (l *Library) once(message string) {
	if !l.said[message] {
		l.said[message] = true
		l.log("%s", message)
	}
}

func readDashboard(path string) (*Dashboard, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	content := map[string]any{}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // a 64-bit number stays as it is written
	if err := decoder.Decode(&content); err != nil {
		return nil, err
	}
	title, _ := content["title"].(string)
	if title == "" {
		return nil, errors.New("Dashboard title cannot be empty")
	}
	uid, _ := content["uid"].(string)
	if uid == "" {
		uid = slug(title)
	}
	tags := []string{}
	for _, tag := range asList(content["tags"]) {
		if text, ok := tag.(string); ok {
			tags = append(tags, text)
		}
	}
	return &Dashboard{UID: uid, Title: title, File: path, Tags: tags, Content: content, Created: info.ModTime(), LastChange: info.ModTime()}, nil
}

func asList(value any) []any {
	list, _ := value.([]any)
	return list
}

var notInSlug = regexp.MustCompile(`[^a-z0-9]+`)

func slug(text string) string {
	return strings.Trim(notInSlug.ReplaceAllString(strings.ToLower(text), "-"), "-")
}
