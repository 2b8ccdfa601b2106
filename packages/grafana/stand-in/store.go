package main

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	iterations      = 100_000
	sessionLifetime = 7 * 24 * time.Hour // of Grafana: login_maximum_inactive_lifetime_duration
)

// state is what outlives the process: Grafana has it in its database.
type state struct {
	Login    string               `json:"login"`
	Email    string               `json:"email"`
	Salt     string               `json:"salt"`
	Hash     string               `json:"hash"`
	Created  time.Time            `json:"created"`
	Updated  time.Time            `json:"updated"`
	Sessions map[string]time.Time `json:"sessions"` // by the token's hash: until when
}

// Store keeps the one user there is, the admin, and the sessions, in a file of the data directory.
type Store struct {
	mutex sync.Mutex
	path  string
	state state
	// What a password was checked to be: a KDF for each request of basic auth would cost a tenth of a second each.
	checked [sha256.Size]byte
	known   bool
}

// OpenStore reads the data directory. The admin's name and password count at the first start only, as in Grafana.
func OpenStore(directory, user, password string) (*Store, error) {
	store := &Store{path: filepath.Join(directory, "grafana-stand-in.json")}
	content, err := os.ReadFile(store.path)
	if err == nil {
		if err := json.Unmarshal(content, &store.state); err != nil {
			return nil, fmt.Errorf("%s: %w", store.path, err)
		}
		return store, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return nil, err
	}
	now := time.Now().UTC().Truncate(time.Second)
	store.state = state{Login: user, Email: user + "@localhost", Created: now, Sessions: map[string]time.Time{}}
	return store, store.SetPassword(password)
}

// User that can log in.
func (s *Store) User() (login, email string, created, updated time.Time) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.state.Login, s.state.Email, s.state.Created, s.state.Updated
}

// SetPassword keeps a new password's hash.
func (s *Store) SetPassword(password string) error {
	salt := make([]byte, 16)
	rand.Read(salt)
	hash, err := derive(password, salt)
	if err != nil {
		return err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	before := s.state
	s.state.Salt, s.state.Hash = hex.EncodeToString(salt), hex.EncodeToString(hash)
	s.state.Updated = time.Now().UTC().Truncate(time.Second)
	if err := s.save(); err != nil {
		s.state = before
		return err
	}
	s.known = false
	return nil
}

// Matches says whether this is the admin's name (or address), and the password.
func (s *Store) Matches(user, password string) (known, right bool) {
	s.mutex.Lock()
	login, email, salt, hash := s.state.Login, s.state.Email, s.state.Salt, s.state.Hash
	checked, remembered := s.checked, s.known
	s.mutex.Unlock()
	if user != login && user != email {
		return false, false
	}
	digest := sha256.Sum256([]byte(hash + password))
	if remembered && subtle.ConstantTimeCompare(digest[:], checked[:]) == 1 {
		return true, true
	}
	rawSalt, _ := hex.DecodeString(salt)
	wanted, _ := hex.DecodeString(hash)
	got, err := derive(password, rawSalt)
	if err != nil || subtle.ConstantTimeCompare(got, wanted) != 1 {
		return true, false
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.state.Hash == hash {
		s.checked, s.known = digest, true
	}
	return true, true
}

// NewSession returns a token for the cookie; only its hash is kept.
func (s *Store) NewSession() (string, error) {
	raw := make([]byte, 32)
	rand.Read(raw)
	token := base64.RawURLEncoding.EncodeToString(raw)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for key, until := range s.state.Sessions {
		if time.Now().After(until) {
			delete(s.state.Sessions, key)
		}
	}
	s.state.Sessions[tokenHash(token)] = time.Now().Add(sessionLifetime).UTC()
	return token, s.save()
}

// HasSession says whether the token is of a session that goes on.
func (s *Store) HasSession(token string) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	until, found := s.state.Sessions[tokenHash(token)]
	return found && time.Now().Before(until)
}

// EndSession forgets it.
func (s *Store) EndSession(token string) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.state.Sessions, tokenHash(token))
	return s.save()
}

// save writes all of it beside and renames: a process that is killed leaves the old or the new, nothing between.
func (s *Store) save() error {
	content, err := json.Marshal(s.state)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(s.path), ".grafana-stand-in-")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.Write(content)
	err = errors.Join(err, file.Sync(), file.Close())
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), s.path)
}

func derive(password string, salt []byte) ([]byte, error) {
	return pbkdf2.Key(sha256.New, password, salt, iterations, 32)
}

func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
