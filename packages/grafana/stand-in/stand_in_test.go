package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const password = "correct horse"

// fixture is a stand-in with one datasource, which a fake Prometheus answers, and two dashboards, one of them broken.
type fixture struct {
	*httptest.Server
	server  *Server
	options Options
	logged  *strings.Builder
	asked   *http.Request
}

func start(t *testing.T, change func(*Options)) *fixture {
	t.Helper()
	f := &fixture{logged: &strings.Builder{}}
	prometheus := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		f.asked = r
		switch query := r.Form.Get("query"); {
		case strings.Contains(query, "syntax error"):
			w.WriteHeader(400)
			io.WriteString(w, `{"status":"error","errorType":"bad_data","error":"parse error"}`)
		case r.URL.Path == "/api/v1/query_range":
			io.WriteString(w, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"up","job":"a"},"values":[[60,"1"],[75,"NaN"],[90,"+Inf"]]}]}}`)
		case query == "1+1":
			io.WriteString(w, `{"status":"success","data":{"resultType":"scalar","result":[1700000000.5,"2"]}}`)
		case query == "nothing":
			io.WriteString(w, `{"status":"success","data":{"resultType":"vector","result":[]}}`)
		default:
			io.WriteString(w, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"job":"a"},"value":[1700000000,"3.5"]}]}}`)
		}
	}))
	t.Cleanup(prometheus.Close)
	provisioning := t.TempDir()
	boards := filepath.Join(provisioning, "boards")
	write(t, filepath.Join(provisioning, "datasources/prometheus.yaml"), `
apiVersion: 1
datasources:
  - {name: Prometheus, uid: prometheus, type: prometheus, url: "$PROMETHEUS_URL", isDefault: true, editable: false, jsonData: {timeInterval: 15s}, secureJsonData: {token: "not to be seen"}}
`)
	write(t, filepath.Join(provisioning, "dashboards/provider.yaml"), "apiVersion: 1\nproviders:\n  - {name: ours, folder: '', type: file, updateIntervalSeconds: 1, options: {path: "+boards+"}}\n")
	write(t, filepath.Join(boards, "one.json"), `{"uid":"one","title":"Board One","tags":["kubernetes"],"panels":[{"id":1,"type":"timeseries","title":"Up","targets":[{"expr":"up"}]}]}`)
	write(t, filepath.Join(boards, "broken.json"), `{"uid":"two"`)
	f.options = Options{Provisioning: provisioning, Data: t.TempDir(), AdminUser: "admin", AdminPassword: password, MaxLoginAttempts: 5, RootURL: "http://localhost/"}
	if change != nil {
		change(&f.options)
	}
	getenv := func(name string) string { return map[string]string{"PROMETHEUS_URL": prometheus.URL}[name] }
	server, err := NewServer(f.options, getenv, func(format string, values ...any) { fmt.Fprintf(f.logged, format+"\n", values...) })
	if err != nil {
		t.Fatal(err)
	}
	f.server, f.Server = server, httptest.NewServer(server)
	t.Cleanup(f.Close)
	return f
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// ask as the admin, or with `user:password@` before the path, or as nobody with `@`.
func (f *fixture) ask(t *testing.T, method, path, body string) (int, string, *http.Response) {
	t.Helper()
	login := "admin:" + password
	if i := strings.LastIndex(path, "@"); i >= 0 {
		login, path = path[:i], path[i+1:]
	}
	request, _ := http.NewRequest(method, f.URL+path, strings.NewReader(body))
	if user, secret, found := strings.Cut(login, ":"); found {
		request.SetBasicAuth(user, secret)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text), answer
}

func TestAnswers(t *testing.T) {
	query := func(expr string) string {
		return `{"from":"60000","to":"90000","queries":[{"refId":"A","datasource":{"uid":"prometheus"},"expr":"` + expr + `","instant":true}]}`
	}
	over := strings.Replace(query("rate(up[$__rate_interval])"), `"instant":true`, `"range":true,"intervalMs":15000,"legendFormat":"job {{job}}"`, 1)
	rows := []struct {
		name, method, path, body string
		status                   int
		says                     string
	}{
		{"health needs no login", "GET", "@/api/health", "", 200, `"database":"ok"`},
		{"health says what it is", "GET", "@/api/health", "", 200, `-stand-in"`},
		{"metrics say what it is", "GET", "@/metrics", "", 200, "grafana_stand_in_info"},
		{"the API refuses nobody", "GET", "@/api/user", "", 401, `"auth.unauthorized"`},
		{"the API refuses nobody where there is nothing too", "GET", "@/api/whatever", "", 401, "Unauthorized"},
		{"a wrong password", "GET", "admin:wrong@/api/user", "", 401, "Invalid username or password"},
		{"a wrong user", "GET", "root:" + password + "@/api/user", "", 401, "Invalid username or password"},
		{"the user", "GET", "/api/user", "", 200, `"login":"admin"`},
		{"the organisation", "GET", "/api/org", "", 200, "Main Org."},
		{"what it does not have", "GET", "/api/teams", "", 404, "Not found"},
		{"a login with a wrong password", "POST", "@/login", `{"user":"admin","password":"wrong"}`, 401, "Invalid username"},
		{"a login that is no JSON", "POST", "@/login", `user=admin`, 400, "bad request data"},
		{"sign-up is off", "POST", "@/api/user/signup", `{"email":"admin@localhost"}`, 401, "User signup is disabled"},
		{"sign-up without an address", "POST", "@/api/user/signup", `{"email":""}`, 400, "Invalid email"},
		{"datasources", "GET", "/api/datasources", "", 200, `"readOnly":true`},
		{"a datasource's secrets are named only", "GET", "/api/datasources/uid/prometheus", "", 200, `"secureJsonFields":{"token":true}`},
		{"a datasource that is not there", "GET", "/api/datasources/uid/loki", "", 404, "Data source not found"},
		{"a datasource's health", "GET", "/api/datasources/uid/prometheus/health", "", 200, "Successfully queried the Prometheus API."},
		{"the proxy", "GET", "/api/datasources/proxy/uid/prometheus/api/v1/query?query=up", "", 200, `"3.5"`},
		{"the proxy refuses what writes", "POST", "/api/datasources/proxy/uid/prometheus/-/quit", "", 403, "allow-listed"},
		{"the proxy refuses DELETE", "DELETE", "/api/datasources/proxy/uid/prometheus/api/v1/series", "", 403, "DELETE not allowed"},
		{"search", "GET", "/api/search?type=dash-db", "", 200, `"url":"/d/one/board-one"`},
		{"search for folders", "GET", "/api/search?type=dash-folder", "", 200, "[]"},
		{"search by tag", "GET", "/api/search?tag=mysql", "", 200, "[]"},
		{"a dashboard", "GET", "/api/dashboards/uid/one", "", 200, `"provisionedExternalId":"one.json"`},
		{"a dashboard that is not there", "GET", "/api/dashboards/uid/two", "", 404, "Dashboard not found"},
		{"an instant query", "POST", "/api/ds/query", query("up"), 200, `"values":[[1700000000000],[3.5]]`},
		{"a scalar", "POST", "/api/ds/query", query("1+1"), 200, `"values":[[1700000000500],[2]]`},
		{"no series is an empty frame", "POST", "/api/ds/query", query("nothing"), 200, `"fields":[]`},
		{"a query over a range", "POST", "/api/ds/query", over, 200, `"type":"timeseries-multi"`},
		{"what JSON has no number for", "POST", "/api/ds/query", over, 200, `"entities":[null,{"Inf":[2],"NaN":[1]}],"values":[[60000,75000,90000],[1,null,null]]`},
		{"the legend", "POST", "/api/ds/query", over, 200, `"displayNameFromDS":"job a"`},
		{"a wrong query has Prometheus' words", "POST", "/api/ds/query", query("syntax error"), 400, "bad_data: parse error"},
		{"a query to nowhere", "POST", "/api/ds/query", strings.Replace(query("up"), `"prometheus"`, `"loki"`, 1), 404, "not found"},
		{"no queries", "POST", "/api/ds/query", `{"from":"0","to":"1","queries":[]}`, 400, "bad request"},
		{"another user's password", "PUT", "/api/admin/users/2/password", `{"password":"long enough"}`, 404, "user not found"},
		{"a short password", "PUT", "/api/admin/users/1/password", `{"password":"abc"}`, 400, "too short"},
		{"plugins of its own", "GET", "/api/plugins", "", 200, `"id":"piechart"`},
		{"the login page says what it is", "GET", "@/login", "", 200, "Stand-in for Grafana"},
		{"a page sends to the login", "GET", "@/d/one", "", 302, ""},
		{"who logs in gets back to the page", "GET", "@/d/one?from=now-1h", "", 302, "/login?redirectTo=%2Fd%2Fone%3Ffrom%3Dnow-1h"},
		{"the drawing of panels", "GET", "@/public/stand-in/live.js", "", 200, "Permission is hereby granted"},
		{"its style", "GET", "@/public/stand-in/live.css", "", 200, ".panel"},
		{"no other file of the program", "GET", "@/public/stand-in/main.go", "", 404, "not found"},
		{"the list page", "GET", "/", "", 200, `href="/d/one/board-one"`},
		{"a dashboard's page", "GET", "/d/one/anything", "", 200, "Stand-in for Grafana"},
		{"a dashboard's page that is not there", "GET", "/d/two", "", 404, "Dashboard not found"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			f := start(t, nil)
			status, body, _ := f.ask(t, row.method, row.path, row.body)
			if status != row.status || !strings.Contains(body, row.says) {
				t.Errorf("answered %d %s, wanted %d with %s", status, body, row.status, row.says)
			}
			for _, secret := range []string{password, "not to be seen"} {
				if strings.Contains(f.logged.String(), secret) || strings.Contains(body, secret) {
					t.Errorf("a secret is told: %s%s", f.logged, body)
				}
			}
		})
	}
}

func TestVariablesOfGrafanaAreFilledIn(t *testing.T) {
	f := start(t, nil)
	body := `{"from":"1000","to":"91000","queries":[{"datasource":{"uid":"prometheus"},"expr":"rate(x[$__rate_interval]) + $__range_s + ${__interval}","intervalMs":30000}]}`
	if status, text, _ := f.ask(t, "POST", "/api/ds/query", body); status != 200 {
		t.Fatal(text)
	}
	if got, want := f.asked.Form.Encode(), "end=90&query=rate%28x%5B60s%5D%29+%2B+90+%2B+30s&start=0&step=30"; got != want {
		t.Errorf("asked %s, wanted %s", got, want)
	}
}

func TestTheProxyKeepsTheLoginToItself(t *testing.T) {
	f := start(t, nil)
	f.ask(t, "GET", "/api/datasources/proxy/uid/prometheus/api/v1/query?query=up", "")
	if f.asked.Header.Get("Authorization") != "" {
		t.Error("the password went to the datasource")
	}
}

func TestThePasswordOfTheEnvironmentCountsAtTheFirstStartOnly(t *testing.T) {
	data := t.TempDir()
	start(t, func(o *Options) { o.Data = data })
	f := start(t, func(o *Options) { o.Data, o.AdminPassword = data, "another" })
	if status, _, _ := f.ask(t, "GET", "/api/user", ""); status != 200 {
		t.Errorf("the first password: %d", status)
	}
	if status, _, _ := f.ask(t, "GET", "admin:another@/api/user", ""); status != 401 {
		t.Errorf("the second password: %d", status)
	}
	content, _ := os.ReadFile(filepath.Join(data, "grafana-stand-in.json"))
	if strings.Contains(string(content), password) {
		t.Error("the password is stored")
	}
}

func TestAChangedPasswordAndASessionOutliveARestart(t *testing.T) {
	rows := []struct{ name, path, body string }{
		{"by the user", "/api/user/password", `{"oldPassword":"` + password + `","newPassword":"another one","confirmNew":"another one"}`},
		{"by an administrator", "/api/admin/users/1/password", `{"password":"another one"}`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			data := t.TempDir()
			f := start(t, func(o *Options) { o.Data = data })
			_, _, answer := f.ask(t, "POST", "@/login", `{"user":"admin","password":"`+password+`"}`)
			session := answer.Cookies()[0]
			if status, body, _ := f.ask(t, "PUT", row.path, row.body); status != 200 {
				t.Fatal(body)
			}
			f = start(t, func(o *Options) { o.Data = data })
			if status, _, _ := f.ask(t, "GET", "/api/user", ""); status != 401 {
				t.Errorf("the old password: %d", status)
			}
			if status, _, _ := f.ask(t, "GET", "admin:another one@/api/user", ""); status != 200 {
				t.Errorf("the new password: %d", status)
			}
			request, _ := http.NewRequest("GET", f.URL+"/api/user", nil)
			request.AddCookie(session)
			answer, err := http.DefaultClient.Do(request)
			if err != nil || answer.StatusCode != 200 {
				t.Errorf("the session: %v %v", answer, err)
			}
		})
	}
}

func TestAWrongOldPasswordChangesNothing(t *testing.T) {
	f := start(t, nil)
	if status, body, _ := f.ask(t, "PUT", "/api/user/password", `{"oldPassword":"wrong","newPassword":"another one"}`); status != 401 {
		t.Errorf("%d %s", status, body)
	}
	if status, _, _ := f.ask(t, "GET", "/api/user", ""); status != 200 {
		t.Errorf("the password: %d", status)
	}
}

func TestWhatAnOperatorOpensIsOpen(t *testing.T) {
	f := start(t, func(o *Options) { o.Anonymous, o.AllowSignUp, o.DisabledPlugins = true, true, []string{"piechart"} })
	if status, _, _ := f.ask(t, "GET", "@/api/org", ""); status != 200 {
		t.Errorf("nobody: %d", status)
	}
	if status, _, _ := f.ask(t, "GET", "admin:wrong@/api/org", ""); status != 401 {
		t.Errorf("a wrong password: %d", status)
	}
	if status, _, _ := f.ask(t, "POST", "@/api/user/signup", `{"email":"admin@localhost"}`); status != 422 {
		t.Errorf("sign-up with an address that is known: %d", status)
	}
	if _, body, _ := f.ask(t, "GET", "/api/plugins", ""); strings.Contains(body, "piechart") {
		t.Error("a disabled plugin is listed")
	}
}

func TestTooManyWrongPasswordsLockTheUserOut(t *testing.T) {
	f := start(t, func(o *Options) { o.MaxLoginAttempts = 2 })
	for range 2 {
		f.ask(t, "GET", "admin:wrong@/api/user", "")
	}
	if status, _, _ := f.ask(t, "GET", "/api/user", ""); status != 401 {
		t.Errorf("the right password got in: %d", status)
	}
	if status, _, _ := f.ask(t, "GET", "admin@localhost:"+password+"@/api/user", ""); status != 200 {
		t.Errorf("the address is not the name: %d", status)
	}
}

func TestABrokenDashboardIsSaidAndTheOthersAreServed(t *testing.T) {
	f := start(t, nil)
	_, body, _ := f.ask(t, "GET", "/api/search", "")
	var found []map[string]any
	json.Unmarshal([]byte(body), &found)
	if len(found) != 1 || !strings.Contains(f.logged.String(), "broken.json") {
		t.Errorf("%s; said: %s", body, f.logged)
	}
}

func TestSettings(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "grafana.ini"), "[users]\nallow_sign_up = true\n; a comment\n[security]\nadmin_user = boss\n")
	write(t, filepath.Join(folder, "password"), "from a file\n")
	env := map[string]string{
		"GF_PATHS_CONFIG": filepath.Join(folder, "grafana.ini"), "GF_SECURITY_ADMIN_PASSWORD__FILE": filepath.Join(folder, "password"),
		"GF_INSTALL_PLUGINS": "a-panel 1.0.0,b-panel", "GF_PLUGINS_PREINSTALL_SYNC": "c-app@2.0.0@http://x/y.zip",
	}
	read := func() (Options, error) {
		config, err := LoadConfig(func(name string) string { return env[name] })
		if err != nil {
			t.Fatal(err)
		}
		return config.Options()
	}
	options, err := read()
	if err != nil || options.AdminUser != "boss" || options.AdminPassword != "from a file" || !options.AllowSignUp || strings.Join(options.Plugins, " ") != "a-panel b-panel c-app" {
		t.Errorf("%+v %v", options, err)
	}
	env["GF_USERS_ALLOW_SIGN_UP"] = "false"
	if options, _ = read(); options.AllowSignUp {
		t.Error("the environment stands above the file")
	}
	env["GF_USERS_ALLOW_SIGN_UP"] = "perhaps"
	if _, err = read(); err == nil || !strings.Contains(err.Error(), "allow_sign_up") {
		t.Errorf("a wrong setting must be named: %v", err)
	}
}

func TestAWrongProvisioningFileEndsTheStart(t *testing.T) {
	rows := []struct{ name, text, says string }{
		{"no YAML", "datasources: [", "wrong.yaml"},
		{"no type", "datasources: [{name: x}]", "name and type are required"},
		{"two defaults", "datasources: [{name: x, type: prometheus, isDefault: true}, {name: y, type: prometheus, isDefault: true}]", "Only one datasource"},
		{"a uid twice", "datasources: [{name: x, uid: a, type: prometheus}, {name: y, uid: a, type: prometheus}]", "twice"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			folder := t.TempDir()
			write(t, filepath.Join(folder, "datasources/wrong.yaml"), row.text)
			_, err := LoadDatasources(folder, os.Getenv)
			if err == nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("%v, wanted %s", err, row.says)
			}
		})
	}
}
