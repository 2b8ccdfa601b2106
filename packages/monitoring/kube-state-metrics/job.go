package main

import v1 "k8s.io/api/batch/v1"

var jobs = func() resource {
	own, identify := namespacedAs[*v1.Job]("job_name")
	return define(table[*v1.Job]{
		name:     "jobs",
		group:    batch,
		example:  &v1.Job{},
		prefix:   "kube_job",
		own:      own,
		identify: identify,
		families: []family[*v1.Job]{
			jobCondition("kube_job_complete", "The job has completed its execution.", v1.JobComplete),
			jobCondition("kube_job_failed", "The job has failed its execution.", v1.JobFailed),
			series("kube_job_info", "Information about job.", nil, func(*v1.Job) []sample { return one() }),
			series("kube_job_owner", "Information about the Job's owner.", ownerLabels, func(j *v1.Job) []sample { return owners(j) }),
			maybe("kube_job_spec_active_deadline_seconds",
				"The duration in seconds relative to the startTime that the job may be active before the system tries to terminate it.",
				func(j *v1.Job) (float64, bool) { return number(j.Spec.ActiveDeadlineSeconds) }),
			maybe("kube_job_spec_completions", "The desired number of successfully finished pods the job should be run with.",
				func(j *v1.Job) (float64, bool) { return number(j.Spec.Completions) }),
			maybe("kube_job_spec_parallelism", "The maximum desired number of pods the job should run at any given time.",
				func(j *v1.Job) (float64, bool) { return number(j.Spec.Parallelism) }),
			gauge("kube_job_status_active", "The number of actively running pods.",
				func(j *v1.Job) float64 { return float64(j.Status.Active) }),
			maybe("kube_job_status_completion_time", "CompletionTime represents time when the job was completed.",
				func(j *v1.Job) (float64, bool) { return unix(j.Status.CompletionTime) }),
			series("kube_job_status_failed", "The number of pods which reached Phase Failed and the reason for failure.",
				labels("reason"), jobFailures),
			maybe("kube_job_status_start_time", "StartTime represents time when the job was acknowledged by the Job Manager.",
				func(j *v1.Job) (float64, bool) { return unix(j.Status.StartTime) }),
			gauge("kube_job_status_succeeded", "The number of pods which reached Phase Succeeded.",
				func(j *v1.Job) float64 { return float64(j.Status.Succeeded) }),
			maybe("kube_job_status_suspended", "The number of pods which reached Phase Suspended.",
				func(j *v1.Job) (float64, bool) {
					for _, c := range j.Status.Conditions {
						if c.Type == v1.JobSuspended {
							return boolean(c.Status == "True"), true
						}
					}
					return 0, false
				}),
		},
	})
}()

func jobCondition(name, help string, kind v1.JobConditionType) family[*v1.Job] {
	return series(name, help, labels("condition"), func(j *v1.Job) []sample {
		out := []sample{}
		for _, c := range j.Status.Conditions {
			if c.Type == kind {
				out = append(out, states(string(c.Status))...)
			}
		}
		return out
	})
}

// jobFailures has the number of failed pods without a reason while the job still tries; once it has failed, a series for
// each reason that upstream knows.
func jobFailures(j *v1.Job) []sample {
	plain := []sample{{names: []string{}, value: float64(j.Status.Failed)}}
	for _, c := range j.Status.Conditions {
		if j.Status.Failed == 0 || c.Type != v1.JobFailed {
			continue
		}
		known, out := false, []sample{}
		for _, reason := range []string{v1.JobReasonBackoffLimitExceeded, v1.JobReasonDeadlineExceeded, "Evicted"} {
			known = known || c.Reason == reason
			out = append(out, value(boolean(c.Reason == reason), reason))
		}
		if known {
			return out
		}
	}
	return plain
}
