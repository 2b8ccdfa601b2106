package main

import (
	"embed"
	"html/template"
	"mime"
	"net/http"
	"net/url"
	"path"
)

//go:embed pages/*.gohtml
var pageFiles embed.FS

// What the pages load: the drawing of panels, which the report of the platform has too, made by `pnpm panels:build`.
//
//go:embed assets/live.js assets/live.css pages/login.js
var assetFiles embed.FS

var assets = map[string]string{"live.js": "assets/live.js", "live.css": "assets/live.css", "login.js": "pages/login.js"}

// policy of the pages: nothing from elsewhere, and no script in a page's own text. Panels set their sizes and colours as
// style attributes.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

var pageTemplates = template.Must(template.ParseFS(pageFiles, "pages/*.gohtml"))

// pages are what a person sees: the login, the list of dashboards, and a dashboard, which draws itself.
func (s *Server) pages() {
	s.mux.HandleFunc("GET /login", func(w http.ResponseWriter, r *http.Request) {
		if s.hasSession(r) {
			http.Redirect(w, r, "/", http.StatusFound)
			return
		}
		s.page(w, 200, "login.gohtml", nil)
	})
	s.mux.HandleFunc("GET /public/stand-in/{name}", asset)
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
		login := "/login"
		if r.URL.Path != "/" {
			login += "?redirectTo=" + url.QueryEscape(r.URL.RequestURI())
		}
		http.Redirect(w, r, login, http.StatusFound)
	}
}

// asset of the pages; there is nothing in it that is not public.
func asset(w http.ResponseWriter, r *http.Request) {
	content, err := assetFiles.ReadFile(assets[r.PathValue("name")])
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(r.PathValue("name"))))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-cache")
	w.Write(content)
}

func (s *Server) page(w http.ResponseWriter, status int, name string, data any) {
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Frame-Options", "deny")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Security-Policy", policy)
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

func (s *Server) dashboardPage(w http.ResponseWriter, r *http.Request) {
	found := s.library.Get(r.PathValue("uid"))
	if found == nil {
		s.page(w, 404, "list.gohtml", map[string]any{"Missing": r.PathValue("uid")})
		return
	}
	s.page(w, 200, "dashboard.gohtml", map[string]any{"Title": found.Title, "UID": found.UID})
}
