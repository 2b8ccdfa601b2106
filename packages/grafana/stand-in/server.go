package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/mail"
	"strings"
	"sync"
	"time"
)

const sessionCookie = "grafana_session"

// Server answers as Grafana does.
type Server struct {
	options     Options
	datasources []Datasource
	library     *Library
	store       *Store
	attempts    *attempts
	metrics     *metrics
	client      *http.Client
	mux         *http.ServeMux
	log         func(string, ...any)
}

// NewServer reads the provisioning and the data directory.
func NewServer(options Options, getenv func(string) string, log func(string, ...any)) (*Server, error) {
	datasources, err := LoadDatasources(options.Provisioning, getenv)
	if err != nil {
		return nil, err
	}
	library, err := LoadLibrary(options.Provisioning, getenv, log)
	if err != nil {
		return nil, err
	}
	store, err := OpenStore(options.Data, options.AdminUser, options.AdminPassword)
	if err != nil {
		return nil, err
	}
	server := &Server{
		options: options, datasources: datasources, library: library, store: store, log: log,
		attempts: &attempts{limit: options.MaxLoginAttempts, window: 5 * time.Minute, failed: map[string][]time.Time{}},
		metrics:  newMetrics(),
		client:   &http.Client{Timeout: 30 * time.Second},
		mux:      http.NewServeMux(),
	}
	server.routes()
	return server, nil
}

func (s *Server) routes() {
	public := func(pattern string, handler http.HandlerFunc) { s.mux.HandleFunc(pattern, handler) }
	private := func(pattern string, handler http.HandlerFunc) { s.mux.HandleFunc(pattern, s.signedIn(handler)) }
	public("GET /api/health", s.health)
	public("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "Ok") })
	public("GET /metrics", s.metrics.serve(s))
	public("POST /login", s.login)
	public("GET /logout", s.logout)
	public("POST /api/user/signup", s.signUp)
	private("GET /api/user", s.user)
	private("PUT /api/user/password", s.changePassword)
	private("PUT /api/admin/users/{id}/password", s.resetPassword)
	private("GET /api/org", s.org)
	private("GET /api/datasources", s.listDatasources)
	private("GET /api/datasources/uid/{uid}", s.datasource(s.getDatasource))
	private("GET /api/datasources/uid/{uid}/health", s.datasource(s.datasourceHealth))
	private("/api/datasources/proxy/uid/{uid}/{path...}", s.datasource(s.proxy))
	private("POST /api/ds/query", s.query)
	private("GET /api/search", s.search)
	private("GET /api/dashboards/uid/{uid}", s.getDashboard)
	private("GET /api/plugins", s.plugins)
	private("/api/", func(w http.ResponseWriter, _ *http.Request) { reply(w, 404, message("Not found")) })
	s.pages()
}

// ServeHTTP counts every request and logs it without its query, which may contain secrets.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	answer := &recorder{ResponseWriter: w, status: 200}
	s.mux.ServeHTTP(answer, r)
	s.metrics.count(r.Method, answer.status, time.Since(started))
	// The kubelet and Prometheus ask several times a minute.
	if quiet := r.URL.Path == "/api/health" || r.URL.Path == "/metrics"; !quiet || answer.status >= 400 {
		s.log("level=info msg=\"Request Completed\" method=%s path=%q status=%d duration=%s", r.Method, r.URL.Path, answer.status, time.Since(started).Round(time.Microsecond))
	}
}

type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// signedIn lets through who has a session or the right basic authentication.
func (s *Server) signedIn(handler http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if user, password, given := r.BasicAuth(); given {
			if !s.check(user, password) {
				reply(w, 401, wrongPassword)
				return
			}
		} else if !s.options.Anonymous && !s.hasSession(r) {
			reply(w, 401, failure("Unauthorized", "auth.unauthorized"))
			return
		}
		handler(w, r)
	}
}

func (s *Server) hasSession(r *http.Request) bool {
	cookie, err := r.Cookie(sessionCookie)
	return err == nil && s.store.HasSession(cookie.Value)
}

var wrongPassword = failure("Invalid username or password", "password-auth.failed")

// check a name and password; after too many wrong ones in five minutes even the right one is refused, as in Grafana.
func (s *Server) check(user, password string) bool {
	if !s.attempts.allowed(user) {
		return false
	}
	known, right := s.store.Matches(user, password)
	if known && !right {
		s.attempts.add(user)
	}
	return right
}

func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	var form struct{ User, Password string }
	if !read(w, r, &form) {
		return
	}
	if !s.check(form.User, form.Password) {
		reply(w, 401, wrongPassword)
		return
	}
	token, err := s.store.NewSession()
	if err != nil {
		s.broken(w, err)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: token, Path: "/", MaxAge: int(sessionLifetime.Seconds()), HttpOnly: true, Secure: s.options.CookieSecure, SameSite: http.SameSiteLaxMode})
	reply(w, 200, map[string]any{"message": "Logged in", "redirectUrl": "/"})
}

func (s *Server) logout(w http.ResponseWriter, r *http.Request) {
	if cookie, err := r.Cookie(sessionCookie); err == nil {
		if err := s.store.EndSession(cookie.Value); err != nil {
			s.broken(w, err)
			return
		}
	}
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Path: "/", MaxAge: -1})
	http.Redirect(w, r, "/login", http.StatusFound)
}

// signUp is never done here. With sign-up allowed, the answer for an address that is known is Grafana's.
func (s *Server) signUp(w http.ResponseWriter, r *http.Request) {
	var form struct{ Email string }
	if !read(w, r, &form) {
		return
	}
	_, known, _, _ := s.store.User()
	switch _, err := mail.ParseAddress(form.Email); {
	case err != nil:
		reply(w, 400, message("Invalid email address"))
	case !s.options.AllowSignUp:
		reply(w, 401, message("User signup is disabled"))
	case strings.EqualFold(form.Email, known):
		reply(w, 422, message("User with same email address already exists"))
	default:
		reply(w, 501, message("a stand-in for Grafana has one user only"))
	}
}

func (s *Server) user(w http.ResponseWriter, _ *http.Request) {
	login, email, created, updated := s.store.User()
	reply(w, 200, map[string]any{
		"id": 1, "uid": "admin", "email": email, "name": "", "login": login, "theme": "", "orgId": 1,
		"isGrafanaAdmin": true, "isDisabled": false, "isExternal": false, "isExternallySynced": false,
		"authLabels": []string{}, "createdAt": created, "updatedAt": updated, "avatarUrl": "",
	})
}

func (s *Server) changePassword(w http.ResponseWriter, r *http.Request) {
	var form struct{ OldPassword, NewPassword string }
	if !read(w, r, &form) {
		return
	}
	login, _, _, _ := s.store.User()
	if !s.check(login, form.OldPassword) {
		reply(w, 401, message("Invalid old password"))
		return
	}
	s.setPassword(w, form.NewPassword, "User password changed")
}

func (s *Server) resetPassword(w http.ResponseWriter, r *http.Request) {
	var form struct{ Password string }
	if !read(w, r, &form) {
		return
	}
	if r.PathValue("id") != "1" {
		reply(w, 404, message("user not found"))
		return
	}
	s.setPassword(w, form.Password, "User password updated")
}

func (s *Server) setPassword(w http.ResponseWriter, password, done string) {
	if len(password) < 4 {
		reply(w, 400, message("New password is too short"))
		return
	}
	if err := s.store.SetPassword(password); err != nil {
		s.broken(w, err)
		return
	}
	reply(w, 200, message(done))
}

func (s *Server) broken(w http.ResponseWriter, err error) {
	s.log("level=error msg=%q", err.Error())
	reply(w, 500, message("Internal Server Error"))
}

func read(w http.ResponseWriter, r *http.Request, into any) bool {
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<20)).Decode(into)
	if err != nil {
		reply(w, 400, message("bad request data"))
	}
	return err == nil
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

func message(text string) map[string]any { return map[string]any{"message": text} }

func failure(text, id string) map[string]any {
	return map[string]any{"extra": nil, "message": text, "messageId": id, "statusCode": 401, "traceID": ""}
}

// attempts counts wrong passwords by user name.
type attempts struct {
	mutex  sync.Mutex
	limit  int
	window time.Duration
	failed map[string][]time.Time
}

// recent wrong tries. By what was typed, as in Grafana: the address and the name of one user are two.
func (a *attempts) recent(user string) []time.Time {
	kept := []time.Time{}
	for _, at := range a.failed[user] {
		if time.Since(at) < a.window {
			kept = append(kept, at)
		}
	}
	return kept
}

func (a *attempts) allowed(user string) bool {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return len(a.recent(user)) < a.limit
}

func (a *attempts) add(user string) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.failed[user] = append(a.recent(user), time.Now())
}

// get asks a datasource; the body is read whole.
func (s *Server) get(ctx context.Context, url string) (int, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, nil, err
	}
	answer, err := s.client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 64<<20))
	return answer.StatusCode, body, err
}
