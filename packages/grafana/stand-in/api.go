package main

import (
	"errors"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// version says on every health page what this is.
const version = standsInFor + "-stand-in"

func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	reply(w, 200, map[string]any{"database": "ok", "version": version, "commit": "stand-in"})
}

func (s *Server) org(w http.ResponseWriter, _ *http.Request) {
	address := map[string]string{"address1": "", "address2": "", "city": "", "zipCode": "", "state": "", "country": ""}
	reply(w, 200, map[string]any{"id": 1, "name": "Main Org.", "address": address})
}

func describe(each Datasource) map[string]any {
	settings := each.JSONData
	if settings == nil {
		settings = map[string]any{}
	}
	secure := map[string]bool{}
	for key := range each.Secure {
		secure[key] = true // that it is set; never what it is
	}
	return map[string]any{
		"id": each.ID, "uid": each.UID, "orgId": each.OrgID, "name": each.Name, "type": each.Type, "typeName": each.Type,
		"typeLogoUrl": "", "access": each.Access, "url": each.URL, "user": "", "database": "", "basicAuth": false,
		"isDefault": each.IsDefault, "jsonData": settings, "secureJsonFields": secure, "readOnly": !each.Editable,
	}
}

func (s *Server) listDatasources(w http.ResponseWriter, _ *http.Request) {
	all := []map[string]any{}
	for _, each := range s.datasources {
		all = append(all, describe(each))
	}
	reply(w, 200, all)
}

// datasource hands the one of the path on, or says that there is none.
func (s *Server) datasource(handler func(http.ResponseWriter, *http.Request, Datasource)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if found := s.find(r.PathValue("uid")); found != nil {
			handler(w, r, *found)
			return
		}
		reply(w, 404, message("Data source not found"))
	}
}

func (s *Server) find(uid string) *Datasource {
	for i := range s.datasources {
		if s.datasources[i].UID == uid {
			return &s.datasources[i]
		}
	}
	return nil
}

func (s *Server) getDatasource(w http.ResponseWriter, _ *http.Request, found Datasource) {
	reply(w, 200, describe(found))
}

// datasourceHealth asks what Grafana's Prometheus datasource asks: 1+1.
func (s *Server) datasourceHealth(w http.ResponseWriter, r *http.Request, found Datasource) {
	if found.Type != "prometheus" {
		reply(w, 404, message("Method not implemented"))
		return
	}
	status, body, err := s.get(r.Context(), below(found.URL, "api/v1/query")+"?query=1%2B1")
	if err == nil {
		_, err = readPrometheus(status, body)
	}
	if err != nil {
		reply(w, 400, map[string]any{"message": bare(err) + " - There was an error returned querying the Prometheus API.", "status": "ERROR"})
		return
	}
	details := map[string]any{"application": "Prometheus", "features": map[string]bool{"rulerApiEnabled": false}}
	reply(w, 200, map[string]any{"message": "Successfully queried the Prometheus API.", "status": "OK", "details": details})
}

// bare leaves the URL out: it may hold a password.
func bare(err error) string {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err.Error()
	}
	return err.Error()
}

func below(base, path string) string { return strings.TrimRight(base, "/") + "/" + path }

// proxy lets through what Grafana lets through for Prometheus: reading, by GET and by POST.
func (s *Server) proxy(w http.ResponseWriter, r *http.Request, found Datasource) {
	path := r.PathValue("path")
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodPost:
		if !strings.HasPrefix(path, "api/v1/query") && path != "api/v1/series" && path != "api/v1/labels" {
			reply(w, 403, message("non allow-listed POSTs not allowed on proxied Prometheus datasource"))
			return
		}
	default:
		reply(w, 403, message(r.Method+" not allowed on proxied Prometheus datasource"))
		return
	}
	target, err := url.Parse(found.URL)
	if err != nil || target.Host == "" {
		reply(w, 502, message("the datasource has no URL"))
		return
	}
	forward := httputil.ReverseProxy{
		Rewrite: func(request *httputil.ProxyRequest) {
			request.Out.URL.Path, request.Out.URL.RawPath = "/"+path, ""
			request.SetURL(target)
			// The caller's login is for Grafana.
			request.Out.Header.Del("Authorization")
			request.Out.Header.Del("Cookie")
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) { reply(w, 502, message(bare(err))) },
		Transport:    s.client.Transport,
	}
	forward.ServeHTTP(w, r)
}

func folderOf(each *Dashboard) (uid, title string) {
	if folder := each.Provider.Folder; folder != "" {
		return slug(folder), folder
	}
	return "", "General"
}

func (s *Server) search(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query()
	found := []map[string]any{}
	for _, each := range s.library.All() {
		if kind := asked.Get("type"); kind != "" && kind != "dash-db" {
			continue
		}
		if !strings.Contains(strings.ToLower(each.Title), strings.ToLower(asked.Get("query"))) || !hasAll(each.Tags, asked["tag"]) {
			continue
		}
		entry := map[string]any{
			"id": each.ID, "uid": each.UID, "orgId": 1, "title": each.Title, "uri": "db/" + slug(each.Title), "url": pageOf(each),
			"slug": "", "type": "dash-db", "tags": each.Tags, "isStarred": false, "sortMeta": 0, "isDeleted": false,
		}
		if uid, title := folderOf(each); uid != "" {
			entry["folderUid"], entry["folderTitle"], entry["folderUrl"] = uid, title, "/dashboards/f/"+uid+"/"+uid
		}
		found = append(found, entry)
	}
	reply(w, 200, found)
}

func hasAll(tags, wanted []string) bool {
	for _, tag := range wanted {
		if !strings.Contains("\x00"+strings.Join(tags, "\x00")+"\x00", "\x00"+tag+"\x00") {
			return false
		}
	}
	return true
}

func pageOf(each *Dashboard) string { return "/d/" + each.UID + "/" + slug(each.Title) }

func (s *Server) getDashboard(w http.ResponseWriter, r *http.Request) {
	found := s.library.Get(r.PathValue("uid"))
	if found == nil {
		reply(w, 404, map[string]any{"message": "Dashboard not found", "status": "not-found"})
		return
	}
	uid, title := folderOf(found)
	content := map[string]any{}
	for key, value := range found.Content {
		content[key] = value
	}
	content["id"], content["uid"], content["version"] = found.ID, found.UID, 1
	reply(w, 200, map[string]any{
		"meta": map[string]any{
			"type": "db", "slug": slug(found.Title), "url": pageOf(found), "version": 1, "folderUid": uid, "folderTitle": title,
			"canSave": found.Provider.AllowUIUpdates, "canEdit": true, "canAdmin": true, "canDelete": true, "canStar": true,
			"created": found.Created, "updated": found.LastChange, "provisioned": true,
			"provisionedExternalId": filepath.Base(found.File),
		},
		"dashboard": content,
	})
}

// The panels and datasources of our dashboards, as plugins of Grafana's own; what was asked for beside them is not there.
var corePlugins = map[string]string{
	"prometheus": "datasource", "alertmanager": "datasource", "timeseries": "panel", "stat": "panel", "gauge": "panel",
	"bargauge": "panel", "piechart": "panel", "table": "panel", "text": "panel", "heatmap": "panel", "alertlist": "panel",
	"barchart": "panel", "state-timeline": "panel",
}

func (s *Server) plugins(w http.ResponseWriter, _ *http.Request) {
	list := []map[string]any{}
	for id, kind := range corePlugins {
		if slices.Contains(s.options.DisabledPlugins, id) {
			continue
		}
		list = append(list, map[string]any{
			"id": id, "name": id, "type": kind, "enabled": true, "pinned": false, "category": "", "state": "",
			"signature": "internal", "info": map[string]any{"version": "", "description": "in the stand-in for Grafana"},
		})
	}
	reply(w, 200, list)
}
