package main

import v1 "k8s.io/api/core/v1"

// containers are a pod's, or its init containers: upstream has the same families for both, under two names.
type containers struct {
	prefix string
	specs  func(*v1.Pod) []v1.Container
	states func(*v1.Pod) []v1.ContainerStatus
	help   map[string]string
}

// containerFamilies has the families of a pod's containers and of its init containers.
func containerFamilies() []family[*v1.Pod] {
	ordinary := containers{
		prefix: "kube_pod_container",
		specs:  func(p *v1.Pod) []v1.Container { return p.Spec.Containers },
		states: func(p *v1.Pod) []v1.ContainerStatus { return p.Status.ContainerStatuses },
		help: map[string]string{
			"limits":     "The number of requested limit resource by a container. It is recommended to use the kube_pod_resource_limits metric exposed by kube-scheduler instead, as it is more precise.",
			"requests":   "The number of requested request resource by a container. It is recommended to use the kube_pod_resource_requests metric exposed by kube-scheduler instead, as it is more precise.",
			"last":       "Describes the last reason the container was in terminated state.",
			"ready":      "Describes whether the containers readiness check succeeded.",
			"restarts":   "The number of container restarts per container.",
			"running":    "Describes whether the container is currently in running state.",
			"terminated": "Describes whether the container is currently in terminated state.",
			"ended":      "Describes the reason the container is currently in terminated state.",
			"waiting":    "Describes whether the container is currently in waiting state.",
			"waits":      "Describes the reason the container is currently in waiting state.",
		},
	}
	initial := containers{
		prefix: "kube_pod_init_container",
		specs:  func(p *v1.Pod) []v1.Container { return p.Spec.InitContainers },
		states: func(p *v1.Pod) []v1.ContainerStatus { return p.Status.InitContainerStatuses },
		help: map[string]string{
			"limits":     "The number of requested limit resource by an init container.",
			"requests":   "The number of requested request resource by an init container.",
			"last":       "Describes the last reason the init container was in terminated state.",
			"ready":      "Describes whether the init containers readiness check succeeded.",
			"restarts":   "The number of restarts for the init container.",
			"running":    "Describes whether the init container is currently in running state.",
			"terminated": "Describes whether the init container is currently in terminated state.",
			"ended":      "Describes the reason the init container is currently in terminated state.",
			"waiting":    "Describes whether the init container is currently in waiting state.",
			"waits":      "Describes the reason the init container is currently in waiting state.",
		},
	}
	info := labels("container", "image_spec", "image", "image_id", "container_id")
	all := []family[*v1.Pod]{
		series("kube_pod_container_info", "Information about a container in a pod.", info,
			ordinary.info(func(v1.Container) []string { return nil })),
		series("kube_pod_init_container_info", "Information about an init container in a pod.", append(info, "restart_policy"),
			initial.info(func(c v1.Container) []string { return []string{string(deref(c.RestartPolicy))} })),
		series("kube_pod_container_state_started", "Start time in unix timestamp for a pod container.", labels("container"),
			ordinary.each(func(c v1.ContainerStatus) []sample {
				switch {
				case c.State.Running != nil:
					return []sample{value(unixOf(c.State.Running.StartedAt.Time), c.Name)}
				case c.State.Terminated != nil:
					return []sample{value(unixOf(c.State.Terminated.StartedAt.Time), c.Name)}
				}
				return nil
			})),
		series("kube_pod_container_status_last_terminated_exitcode", "Describes the exit code for the last container in terminated state.",
			labels("container"), ordinary.each(func(c v1.ContainerStatus) []sample {
				if last := c.LastTerminationState.Terminated; last != nil {
					return []sample{value(float64(last.ExitCode), c.Name)}
				}
				return nil
			})),
		series("kube_pod_container_status_last_terminated_timestamp", "Last terminated time for a pod container in unix timestamp.",
			labels("container"), ordinary.each(func(c v1.ContainerStatus) []sample {
				if last := c.LastTerminationState.Terminated; last != nil {
					return []sample{value(unixOf(last.FinishedAt.Time), c.Name)}
				}
				return nil
			})),
	}
	return append(append(all, ordinary.families()...), initial.families()...)
}

func (k containers) families() []family[*v1.Pod] {
	name := func(suffix string) string { return k.prefix + suffix }
	byContainer, byReason := labels("container"), labels("container", "reason")
	byResource := labels("container", "node", "resource", "unit")
	state := func(suffix, help string, of func(v1.ContainerStatus) bool) family[*v1.Pod] {
		return series(name(suffix), k.help[help], byContainer, k.each(func(c v1.ContainerStatus) []sample {
			return []sample{value(boolean(of(c)), c.Name)}
		}))
	}
	reason := func(suffix, help string, of func(v1.ContainerStatus) (string, bool)) family[*v1.Pod] {
		return series(name(suffix), k.help[help], byReason, k.each(func(c v1.ContainerStatus) []sample {
			if reason, there := of(c); there {
				return []sample{value(1, c.Name, reason)}
			}
			return nil
		}))
	}
	ended := func(t *v1.ContainerStateTerminated) (string, bool) {
		if t == nil {
			return "", false
		}
		return t.Reason, true
	}
	return []family[*v1.Pod]{
		series(name("_resource_limits"), k.help["limits"], byResource,
			k.amounts(func(r v1.ResourceRequirements) v1.ResourceList { return r.Limits })),
		series(name("_resource_requests"), k.help["requests"], byResource,
			k.amounts(func(r v1.ResourceRequirements) v1.ResourceList { return r.Requests })),
		reason("_status_last_terminated_reason", "last", func(c v1.ContainerStatus) (string, bool) {
			return ended(c.LastTerminationState.Terminated)
		}),
		state("_status_ready", "ready", func(c v1.ContainerStatus) bool { return c.Ready }),
		counter(name("_status_restarts_total"), k.help["restarts"], byContainer, k.each(func(c v1.ContainerStatus) []sample {
			return []sample{value(float64(c.RestartCount), c.Name)}
		})),
		state("_status_running", "running", func(c v1.ContainerStatus) bool { return c.State.Running != nil }),
		state("_status_terminated", "terminated", func(c v1.ContainerStatus) bool { return c.State.Terminated != nil }),
		reason("_status_terminated_reason", "ended", func(c v1.ContainerStatus) (string, bool) { return ended(c.State.Terminated) }),
		state("_status_waiting", "waiting", func(c v1.ContainerStatus) bool { return c.State.Waiting != nil }),
		reason("_status_waiting_reason", "waits", func(c v1.ContainerStatus) (string, bool) {
			if c.State.Waiting == nil {
				return "", false
			}
			return c.State.Waiting.Reason, true
		}),
	}
}

func (k containers) each(of func(v1.ContainerStatus) []sample) func(*v1.Pod) []sample {
	return func(p *v1.Pod) []sample {
		out := []sample{}
		for _, c := range k.states(p) {
			out = append(out, of(c)...)
		}
		return out
	}
}

func (k containers) amounts(of func(v1.ResourceRequirements) v1.ResourceList) func(*v1.Pod) []sample {
	return func(p *v1.Pod) []sample {
		out := []sample{}
		for _, c := range k.specs(p) {
			out = append(out, amounts(of(c.Resources), c.Name, p.Spec.NodeName)...)
		}
		return out
	}
}

// info joins what runs with what was asked for; more gives what only one of the two families has.
func (k containers) info(more func(v1.Container) []string) func(*v1.Pod) []sample {
	return func(p *v1.Pod) []sample {
		specs := map[string]v1.Container{}
		for _, c := range k.specs(p) {
			specs[c.Name] = c
		}
		out := []sample{}
		for _, c := range k.states(p) {
			spec := specs[c.Name]
			out = append(out, one(append([]string{c.Name, spec.Image, c.Image, c.ImageID, c.ContainerID}, more(spec)...)...)...)
		}
		return out
	}
}
