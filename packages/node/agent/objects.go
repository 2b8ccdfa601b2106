package main

import "time"

// Of the API's objects only the fields that are read or made here. An object that was read is never written back whole:
// that would drop all its other fields. It is changed by a patch that has nothing but the change.

// Metadata is what every object has.
type Metadata struct {
	Name              string            `json:"name,omitempty"`
	Namespace         string            `json:"namespace,omitempty"`
	UID               string            `json:"uid,omitempty"`
	ResourceVersion   string            `json:"resourceVersion,omitempty"`
	CreationTimestamp time.Time         `json:"creationTimestamp,omitzero"`
	DeletionTimestamp *time.Time        `json:"deletionTimestamp,omitempty"`
	Annotations       map[string]string `json:"annotations,omitempty"`
}

// key is namespace/name, or the name of what is in no namespace.
func (m *Metadata) key() string {
	if m.Namespace == "" {
		return m.Name
	}
	return m.Namespace + "/" + m.Name
}

// Reference names an object in another one.
type Reference struct {
	APIVersion      string `json:"apiVersion,omitempty"`
	Kind            string `json:"kind,omitempty"`
	Namespace       string `json:"namespace,omitempty"`
	Name            string `json:"name,omitempty"`
	UID             string `json:"uid,omitempty"`
	ResourceVersion string `json:"resourceVersion,omitempty"`
}

// refer takes the kind from its caller: in a list the objects don't say theirs. All that is referred to is of v1.
func refer(kind string, m *Metadata) Reference {
	return Reference{APIVersion: "v1", Kind: kind, Namespace: m.Namespace, Name: m.Name, UID: m.UID, ResourceVersion: m.ResourceVersion}
}

// Service is a Service.
type Service struct {
	Metadata Metadata      `json:"metadata"`
	Spec     ServiceSpec   `json:"spec"`
	Status   ServiceStatus `json:"status"`
}

type ServiceSpec struct {
	Type              string        `json:"type"`
	LoadBalancerClass *string       `json:"loadBalancerClass"`
	LoadBalancerIP    string        `json:"loadBalancerIP"`
	Ports             []ServicePort `json:"ports"`
}

type ServicePort struct {
	Protocol string `json:"protocol"`
	Port     int32  `json:"port"`
	NodePort int32  `json:"nodePort"`
}

type ServiceStatus struct {
	LoadBalancer struct {
		Ingress []Ingress `json:"ingress"`
	} `json:"loadBalancer"`
}

type Ingress struct {
	IP     string `json:"ip,omitempty"`
	IPMode string `json:"ipMode,omitempty"`
}

// Node is a Node.
type Node struct {
	Status struct {
		Conditions []struct {
			Type              string    `json:"type"`
			Status            string    `json:"status"`
			LastHeartbeatTime time.Time `json:"lastHeartbeatTime"`
		} `json:"conditions"`
	} `json:"status"`
}

// PersistentVolumeClaim is a PersistentVolumeClaim.
type PersistentVolumeClaim struct {
	Metadata Metadata `json:"metadata"`
	Spec     struct {
		AccessModes      []string  `json:"accessModes"`
		Selector         *struct{} `json:"selector"`
		StorageClassName string    `json:"storageClassName"`
		VolumeMode       string    `json:"volumeMode"`
		VolumeName       string    `json:"volumeName"`
		Resources        struct {
			Requests map[string]string `json:"requests"`
		} `json:"resources"`
	} `json:"spec"`
	Status struct {
		Phase string `json:"phase"`
	} `json:"status"`
}

// PersistentVolume is a PersistentVolume: both read, and made whole.
type PersistentVolume struct {
	APIVersion string               `json:"apiVersion,omitempty"`
	Kind       string               `json:"kind,omitempty"`
	Metadata   Metadata             `json:"metadata"`
	Spec       PersistentVolumeSpec `json:"spec"`
	Status     struct {
		Phase string `json:"phase"`
	} `json:"status,omitzero"`
}

type PersistentVolumeSpec struct {
	AccessModes                   []string          `json:"accessModes,omitempty"`
	Capacity                      map[string]string `json:"capacity,omitempty"`
	ClaimRef                      *Reference        `json:"claimRef,omitempty"`
	Local                         *LocalVolume      `json:"local,omitempty"`
	MountOptions                  []string          `json:"mountOptions,omitempty"`
	NodeAffinity                  *VolumeAffinity   `json:"nodeAffinity,omitempty"`
	PersistentVolumeReclaimPolicy string            `json:"persistentVolumeReclaimPolicy,omitempty"`
	StorageClassName              string            `json:"storageClassName,omitempty"`
	VolumeMode                    string            `json:"volumeMode,omitempty"`
}

type LocalVolume struct {
	Path string `json:"path"`
}

type VolumeAffinity struct {
	Required struct {
		NodeSelectorTerms []NodeSelectorTerm `json:"nodeSelectorTerms"`
	} `json:"required"`
}

type NodeSelectorTerm struct {
	MatchExpressions []NodeSelectorRequirement `json:"matchExpressions"`
}

type NodeSelectorRequirement struct {
	Key      string   `json:"key"`
	Operator string   `json:"operator"`
	Values   []string `json:"values"`
}

// StorageClass is a StorageClass.
type StorageClass struct {
	Metadata          Metadata `json:"metadata"`
	Provisioner       string   `json:"provisioner"`
	ReclaimPolicy     string   `json:"reclaimPolicy"`
	MountOptions      []string `json:"mountOptions"`
	VolumeBindingMode string   `json:"volumeBindingMode"`
}

// Event is an Event: made whole, and never read.
type Event struct {
	APIVersion         string      `json:"apiVersion"`
	Kind               string      `json:"kind"`
	Metadata           Metadata    `json:"metadata"`
	InvolvedObject     Reference   `json:"involvedObject"`
	Type               string      `json:"type"`
	Reason             string      `json:"reason"`
	Message            string      `json:"message"`
	Count              int         `json:"count"`
	FirstTimestamp     apiTime     `json:"firstTimestamp"`
	LastTimestamp      apiTime     `json:"lastTimestamp"`
	Source             EventSource `json:"source"`
	ReportingComponent string      `json:"reportingComponent"`
}

type EventSource struct {
	Component string `json:"component"`
}

// apiTime is written in whole seconds, as the API wants it.
type apiTime time.Time

func (t apiTime) MarshalText() ([]byte, error) {
	return time.Time(t).UTC().AppendFormat(nil, time.RFC3339), nil
}
