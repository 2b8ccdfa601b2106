package main

import (
	"embed"
	"html/template"
	"net/http"
)

//go:embed pages/*.gohtml
var pageFiles embed.FS

var pageTemplates = template.Must(template.ParseFS(pageFiles, "pages/*.gohtml"))

// pages are what a person sees: the login, the list of dashboards, and a dashboard's panels by name.
func (s *Server) pages() {
	s.mux.HandleFunc("GET /login", func(w http.ResponseWriter, r *http.Request) {
		if s.hasSession(r) {
			http.Redirect(w, r, "/", http.StatusFound)
			return
		}
		s.page(w, 200, "login.gohtml", nil)
	})
	s.mux.HandleFunc("GET /{$}", s.asPerson(s.listPage))
	s.mux.HandleFunc("GET /dashboards", s.asPerson(s.listPage))
	s.mux.HandleFunc("GET /d/{uid}", s.asPerson(s.dashboardPage))
	s.mux.HandleFunc("GET /d/{uid}/{slug}", s.asPerson(s.dashboardPage))
}

// asPerson sends who has not logged in to the login page, where the API says 401.
func (s *Server) asPerson(handler http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if user, password, given := r.BasicAuth(); s.hasSession(r) || given && s.check(user, password) {
			handler(w, r)
			return
		}
		http.Redirect(w, r, "/login", http.StatusFound)
	}
}

func (s *Server) page(w http.ResponseWriter, status int, name string, data any) {
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Frame-Options", "deny")
	w.WriteHeader(status)
	values := map[string]any{"StandsInFor": standsInFor, "Data": data}
	if err := pageTemplates.ExecuteTemplate(w, name, values); err != nil {
		s.log("level=error msg=%q", err.Error())
	}
}

type entry struct {
	Page, Title string
	Tags        []string
}

func (s *Server) listPage(w http.ResponseWriter, _ *http.Request) {
	entries := []entry{}
	for _, each := range s.library.All() {
		entries = append(entries, entry{pageOf(each), each.Title, each.Tags})
	}
	s.page(w, 200, "list.gohtml", map[string]any{"Dashboards": entries, "NotInstalled": s.options.Plugins})
}

type panel struct {
	Title, Type, Description string
	Queries                  []string
}

func (s *Server) dashboardPage(w http.ResponseWriter, r *http.Request) {
	found := s.library.Get(r.PathValue("uid"))
	if found == nil {
		s.page(w, 404, "list.gohtml", map[string]any{"Missing": r.PathValue("uid")})
		return
	}
	description, _ := found.Content["description"].(string)
	s.page(w, 200, "dashboard.gohtml", map[string]any{"Title": found.Title, "UID": found.UID, "Description": description, "Panels": panelsOf(found.Content["panels"])})
}

// panelsOf a dashboard in their order, those within a collapsed row too.
func panelsOf(value any) []panel {
	panels := []panel{}
	text := func(of map[string]any, key string) string { found, _ := of[key].(string); return found }
	for _, each := range asList(value) {
		content, _ := each.(map[string]any)
		one := panel{Title: text(content, "title"), Type: text(content, "type"), Description: text(content, "description")}
		for _, target := range asList(content["targets"]) {
			query, _ := target.(map[string]any)
			one.Queries = append(one.Queries, text(query, "expr"))
		}
		panels = append(append(panels, one), panelsOf(content["panels"])...)
	}
	return panels
}
