package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"time"
)

// panelQuery is one query of a panel, as Grafana's browser code sends it.
type panelQuery struct {
	RefID      string `json:"refId"`
	Datasource struct {
		UID string `json:"uid"`
	} `json:"datasource"`
	Expr         string  `json:"expr"`
	Instant      bool    `json:"instant"`
	Range        bool    `json:"range"`
	Interval     string  `json:"interval"`
	IntervalMs   float64 `json:"intervalMs"`
	LegendFormat string  `json:"legendFormat"`
	Hide         bool    `json:"hide"`
}

func (s *Server) query(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		From    string       `json:"from"`
		To      string       `json:"to"`
		Queries []panelQuery `json:"queries"`
	}
	if !read(w, r, &asked) {
		return
	}
	now := time.Now()
	from, err := readTime(asked.From, now)
	to, errTo := readTime(asked.To, now)
	if err = errors.Join(err, errTo); err != nil || len(asked.Queries) == 0 {
		reply(w, 400, message("bad request data"))
		return
	}
	results, status := map[string]any{}, 200
	for _, each := range asked.Queries {
		if each.RefID == "" {
			each.RefID = "A"
		}
		found := s.find(each.Datasource.UID)
		if found == nil {
			reply(w, 404, message("data source not found"))
			return
		}
		frames, err := s.ask(r, *found, each, from, to)
		if err != nil {
			status = 400
			results[each.RefID] = map[string]any{"error": bare(err), "errorSource": "downstream", "status": 400, "frames": []any{}}
			continue
		}
		results[each.RefID] = map[string]any{"status": 200, "frames": frames}
	}
	reply(w, status, map[string]any{"results": results})
}

// ask Prometheus what the query asks: at the end of the range, over it, or both.
func (s *Server) ask(r *http.Request, source Datasource, query panelQuery, from, to time.Time) ([]any, error) {
	if source.Type != "prometheus" {
		return nil, fmt.Errorf("a stand-in asks Prometheus only, not %s", source.Type)
	}
	scrape := 15 * time.Second
	if text, ok := source.JSONData["timeInterval"].(string); ok {
		if given, err := readDuration(text); err == nil {
			scrape = given
		}
	}
	step := stepOf(query, scrape, to.Sub(from))
	expr := interpolate(query.Expr, step, scrape, to.Sub(from))
	frames := []any{}
	if query.Instant {
		parameters := url.Values{"query": {expr}, "time": {seconds(to)}}
		found, err := s.frames(r, source, query, "api/v1/query", parameters, step)
		if err != nil {
			return nil, err
		}
		frames = append(frames, found...)
	}
	if query.Range || !query.Instant {
		// Grafana moves the ends of the range to whole steps, so that points don't wander while a page is refreshed.
		align := func(at time.Time) string { return seconds(at.Truncate(step)) }
		parameters := url.Values{"query": {expr}, "start": {align(from)}, "end": {align(to)}, "step": {strconv.FormatFloat(step.Seconds(), 'f', -1, 64)}}
		found, err := s.frames(r, source, query, "api/v1/query_range", parameters, step)
		if err != nil {
			return nil, err
		}
		frames = append(frames, found...)
	}
	return frames, nil
}

func (s *Server) frames(r *http.Request, source Datasource, query panelQuery, path string, parameters url.Values, step time.Duration) ([]any, error) {
	if extra, ok := source.JSONData["customQueryParameters"].(string); ok {
		given, err := url.ParseQuery(extra)
		if err != nil {
			return nil, err
		}
		for key, values := range given {
			parameters[key] = append(parameters[key], values...)
		}
	}
	status, body, err := s.get(r.Context(), below(source.URL, path)+"?"+parameters.Encode())
	if err != nil {
		return nil, err
	}
	answer, err := readPrometheus(status, body)
	if err != nil {
		return nil, err
	}
	executed := "Expr: " + parameters.Get("query") + "\nStep: " + step.String()
	frames := []any{}
	for _, each := range answer.series {
		frames = append(frames, frame(query, answer.kind, each, executed, step))
	}
	if len(frames) == 0 { // Grafana sends an empty frame, which names the query
		meta := map[string]any{"executedQueryString": executed, "custom": map[string]string{"resultType": answer.kind}}
		frames = append(frames, map[string]any{"schema": map[string]any{"refId": query.RefID, "meta": meta, "fields": []any{}}, "data": map[string]any{"values": []any{}}})
	}
	return frames, nil
}

// frame is one series as a data frame: a column of times, a column of values that carries the labels.
func frame(query panelQuery, kind string, each series, executed string, step time.Duration) map[string]any {
	frameType := map[string]string{"matrix": "timeseries-multi"}[kind]
	if frameType == "" {
		frameType = "numeric-multi"
	}
	times, values := make([]int64, len(each.points)), make([]any, len(each.points))
	odd := map[string][]int{}
	for i, point := range each.points {
		times[i] = int64(math.Round(point.at * 1000))
		switch {
		case math.IsNaN(point.value):
			odd["NaN"] = append(odd["NaN"], i)
		case math.IsInf(point.value, 1):
			odd["Inf"] = append(odd["Inf"], i)
		case math.IsInf(point.value, -1):
			odd["NegInf"] = append(odd["NegInf"], i)
		default:
			values[i] = point.value
		}
	}
	name := displayName(query.LegendFormat, each.labels)
	timeConfig := map[string]any{}
	if kind == "matrix" {
		timeConfig["interval"] = step.Milliseconds()
	}
	data := map[string]any{"values": []any{times, values}}
	if len(odd) > 0 { // what JSON has no number for
		data["entities"] = []any{nil, odd}
	}
	return map[string]any{
		"schema": map[string]any{
			"refId": query.RefID, "name": name,
			"meta": map[string]any{"type": frameType, "typeVersion": []int{0, 1}, "custom": map[string]string{"resultType": kind}, "executedQueryString": executed},
			"fields": []any{
				map[string]any{"name": "Time", "type": "time", "typeInfo": map[string]string{"frame": "time.Time"}, "config": timeConfig},
				map[string]any{"name": "Value", "type": "number", "typeInfo": map[string]string{"frame": "float64"}, "labels": each.labels, "config": map[string]any{"displayNameFromDS": name}},
			},
		},
		"data": data,
	}
}

// displayName fills {{label}} in; without a format it is the series as Prometheus writes it.
func displayName(format string, labels map[string]string) string {
	if format != "" && format != "__auto" {
		for key, value := range labels {
			format = strings.ReplaceAll(strings.ReplaceAll(format, "{{"+key+"}}", value), "{{ "+key+" }}", value)
		}
		return format
	}
	pairs := []string{}
	for key, value := range labels {
		if key != "__name__" {
			pairs = append(pairs, fmt.Sprintf("%s=%q", key, value))
		}
	}
	sort.Strings(pairs)
	if len(pairs) == 0 {
		if name := labels["__name__"]; name != "" {
			return name
		}
		return "Value"
	}
	return labels["__name__"] + "{" + strings.Join(pairs, ", ") + "}"
}

// stepOf follows Grafana: what the panel asks for, never below the scrape interval, never over 11000 points.
func stepOf(query panelQuery, scrape, span time.Duration) time.Duration {
	least := scrape
	if given, err := readDuration(strings.TrimLeft(query.Interval, "<>= ")); err == nil && query.Interval != "" {
		least = given
	}
	step := max(time.Duration(query.IntervalMs)*time.Millisecond, least, span/11000, time.Second)
	return step.Truncate(time.Millisecond)
}

// interpolate fills in the variables that Grafana's backend fills in; a dashboard's own are filled in by the page.
func interpolate(expr string, step, scrape, span time.Duration) string {
	rate := max(step+scrape, 4*scrape)
	for _, pair := range [][2]string{
		{"rate_interval_ms", strconv.FormatInt(rate.Milliseconds(), 10)}, {"rate_interval", duration(rate)},
		{"interval_ms", strconv.FormatInt(step.Milliseconds(), 10)}, {"interval", duration(step)},
		{"range_ms", strconv.FormatInt(span.Milliseconds(), 10)}, {"range_s", strconv.FormatInt(int64(span.Seconds()), 10)},
		{"range", duration(span.Round(time.Second))},
	} {
		expr = strings.ReplaceAll(strings.ReplaceAll(expr, "${__"+pair[0]+"}", pair[1]), "$__"+pair[0], pair[1])
	}
	return expr
}

func duration(d time.Duration) string {
	if d%time.Second == 0 {
		return strconv.FormatInt(int64(d.Seconds()), 10) + "s"
	}
	return strconv.FormatInt(d.Milliseconds(), 10) + "ms"
}

func seconds(at time.Time) string {
	return strconv.FormatFloat(float64(at.UnixMilli())/1000, 'f', -1, 64)
}

var units = map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour, 'M': 30 * 24 * time.Hour, 'y': 365 * 24 * time.Hour}

func readDuration(text string) (time.Duration, error) {
	if given, err := time.ParseDuration(text); err == nil {
		return given, nil
	}
	if text == "" {
		return 0, errors.New("no duration")
	}
	unit, found := units[text[len(text)-1]]
	number, err := strconv.ParseFloat(text[:len(text)-1], 64)
	if !found || err != nil {
		return 0, fmt.Errorf("no duration: %q", text)
	}
	return time.Duration(number * float64(unit)), nil
}

// readTime takes what Grafana takes: milliseconds, RFC 3339, `now`, `now-1h`, `now-1d/d` cut to its unit.
func readTime(text string, now time.Time) (time.Time, error) {
	if milliseconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.UnixMilli(milliseconds), nil
	}
	if rest, found := strings.CutPrefix(text, "now"); found {
		offset, cut, whole := strings.Cut(rest, "/")
		at := now
		if offset != "" {
			given, err := readDuration(strings.TrimLeft(offset, "+-"))
			if err != nil {
				return at, err
			}
			if offset[0] == '-' {
				given = -given
			}
			at = at.Add(given)
		}
		if whole {
			unit, found := units[(cut + " ")[0]]
			if !found {
				return at, fmt.Errorf("no time: %q", text)
			}
			at = at.UTC().Truncate(unit)
		}
		return at, nil
	}
	return time.Parse(time.RFC3339Nano, text)
}

type point struct{ at, value float64 }

func (p *point) UnmarshalJSON(text []byte) error {
	var pair [2]json.RawMessage
	var value string
	if err := errors.Join(json.Unmarshal(text, &pair), json.Unmarshal(pair[0], &p.at), json.Unmarshal(pair[1], &value)); err != nil {
		return err
	}
	var err error
	p.value, err = strconv.ParseFloat(value, 64)
	return err
}

type series struct {
	labels map[string]string
	points []point
}

type prometheusAnswer struct {
	kind   string
	series []series
}

// readPrometheus reads an answer of /api/v1/query and /api/v1/query_range, and makes an error of Prometheus' own words.
func readPrometheus(status int, body []byte) (prometheusAnswer, error) {
	var answer struct {
		Status, ErrorType, Error string
		Data                     struct {
			ResultType string
			Result     json.RawMessage
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Status == "" {
		return prometheusAnswer{}, fmt.Errorf("the datasource answered %d, and not as Prometheus does", status)
	}
	if answer.Status != "success" {
		return prometheusAnswer{}, fmt.Errorf("%s: %s", answer.ErrorType, answer.Error)
	}
	result := prometheusAnswer{kind: answer.Data.ResultType}
	if result.kind == "scalar" || result.kind == "string" {
		var only point
		err := json.Unmarshal(answer.Data.Result, &only)
		result.series = []series{{labels: map[string]string{}, points: []point{only}}}
		return result, err
	}
	var all []struct {
		Metric map[string]string
		Value  *point
		Values []point
	}
	if err := json.Unmarshal(answer.Data.Result, &all); err != nil {
		return result, err
	}
	for _, each := range all {
		if each.Value != nil {
			each.Values = []point{*each.Value}
		}
		result.series = append(result.series, series{labels: each.Metric, points: each.Values})
	}
	return result, nil
}
