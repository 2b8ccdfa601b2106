package main

import (
	"strconv"
	"time"

	"github.com/robfig/cron/v3"
	v1 "k8s.io/api/batch/v1"
)

var cronJobs = func() resource {
	own, identify := namespacedAs[*v1.CronJob]("cronjob")
	return define(table[*v1.CronJob]{
		name:     "cronjobs",
		group:    batch,
		example:  &v1.CronJob{},
		prefix:   "kube_cronjob",
		own:      own,
		identify: identify,
		families: []family[*v1.CronJob]{
			series("kube_cronjob_info", "Info about cronjob.", labels("schedule", "concurrency_policy", "timezone"),
				func(c *v1.CronJob) []sample {
					zone := "local"
					if c.Spec.TimeZone != nil {
						zone = *c.Spec.TimeZone
					}
					return one(c.Spec.Schedule, string(c.Spec.ConcurrencyPolicy), zone)
				}),
			maybe("kube_cronjob_metadata_resource_version", "Resource version representing a specific version of the cronjob.",
				func(c *v1.CronJob) (float64, bool) { return version(c.ResourceVersion) }),
			maybe("kube_cronjob_next_schedule_time",
				"Next time the cronjob should be scheduled. The time after lastScheduleTime, or after the cron job's creation time if it's never been scheduled. Use this to determine if the job is delayed.",
				nextSchedule),
			maybe("kube_cronjob_spec_failed_job_history_limit",
				"Failed job history limit tells the controller how many failed jobs should be preserved.",
				func(c *v1.CronJob) (float64, bool) { return number(c.Spec.FailedJobsHistoryLimit) }),
			maybe("kube_cronjob_spec_starting_deadline_seconds",
				"Deadline in seconds for starting the job if it misses scheduled time for any reason.",
				func(c *v1.CronJob) (float64, bool) { return number(c.Spec.StartingDeadlineSeconds) }),
			maybe("kube_cronjob_spec_successful_job_history_limit",
				"Successful job history limit tells the controller how many completed jobs should be preserved.",
				func(c *v1.CronJob) (float64, bool) { return number(c.Spec.SuccessfulJobsHistoryLimit) }),
			maybe("kube_cronjob_spec_suspend", "Suspend flag tells the controller to suspend subsequent executions.",
				func(c *v1.CronJob) (float64, bool) { return boolean(deref(c.Spec.Suspend)), c.Spec.Suspend != nil }),
			gauge("kube_cronjob_status_active", "Active holds pointers to currently running jobs.",
				func(c *v1.CronJob) float64 { return float64(len(c.Status.Active)) }),
			maybe("kube_cronjob_status_last_schedule_time",
				"LastScheduleTime keeps information of when was the last time the job was successfully scheduled.",
				func(c *v1.CronJob) (float64, bool) { return unix(c.Status.LastScheduleTime) }),
			maybe("kube_cronjob_status_last_successful_time",
				"LastSuccessfulTime keeps information of when was the last time the job was completed successfully.",
				func(c *v1.CronJob) (float64, bool) { return unix(c.Status.LastSuccessfulTime) }),
		},
	})
}()

func nextSchedule(c *v1.CronJob) (float64, bool) {
	if deref(c.Spec.Suspend) {
		return 0, false
	}
	schedule, err := cron.ParseStandard(c.Spec.Schedule)
	if err != nil {
		return 0, false
	}
	after := c.CreationTimestamp.Time
	if c.Status.LastScheduleTime != nil {
		after = c.Status.LastScheduleTime.Time
	}
	if c.Spec.TimeZone != nil {
		zone, err := time.LoadLocation(*c.Spec.TimeZone)
		if err != nil {
			return 0, false
		}
		after = after.In(zone)
	}
	next := schedule.Next(after)
	return unixOf(next), !next.IsZero()
}

func version(text string) (float64, bool) {
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil
}
