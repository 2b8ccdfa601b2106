package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	provisionerName        = "platform.local/volume"
	provisionedBy          = "pv.kubernetes.io/provisioned-by"
	storageProvisioner     = "volume.kubernetes.io/storage-provisioner"
	betaStorageProvisioner = "volume.beta.kubernetes.io/storage-provisioner"
	betaStorageClass       = "volume.beta.kubernetes.io/storage-class"
	selectedNode           = "volume.kubernetes.io/selected-node"
	hostnameLabel          = "kubernetes.io/hostname"
	volumesPath            = coreAPI + "/persistentvolumes"
	provisionersAtOnce     = 4
	firstProvisionerPause  = 15 * time.Second
	lastProvisionerPause   = 1000 * time.Second
)

// provisioner makes the volumes that claims ask for, and removes those whose claims are gone.
type provisioner struct {
	nodeName string
	client   *client
	events   *recorder
	say      func(string, ...any)
	// of volumes.go; a test has others
	makeVolume   func(ctx context.Context, name string, bytes int64) error
	removeVolume func(name string) error

	// All work is on a volume's name, be there a claim that asks for it or the volume itself: so it never crosses.
	queue   *queue
	claims  *follower[*PersistentVolumeClaim] // by the name of the volume that each would have
	volumes *follower[*PersistentVolume]
	classes *follower[*StorageClass]

	mutex sync.Mutex
	// unrecorded are volumes that are made, and of which the API server may know nothing.
	unrecorded map[string]bool
}

func newProvisioner(nodeName string, client *client, events *recorder, say func(string, ...any)) *provisioner {
	p := &provisioner{nodeName: nodeName, client: client, events: events, say: say, makeVolume: makeVolume, removeVolume: removeVolume,
		queue: newQueue(firstProvisionerPause, lastProvisionerPause), unrecorded: map[string]bool{}}
	p.claims = newFollower(client, coreAPI+"/persistentvolumeclaims", volumeName, p.queue.add, say)
	p.volumes = newFollower(client, volumesPath, func(v *PersistentVolume) string { return v.Metadata.Name }, p.queue.add, say)
	p.classes = newFollower(client, storageAPI+"/storageclasses", func(c *StorageClass) string { return c.Metadata.Name }, func(string) {}, say)
	return p
}

// runProvisioner works until the context ends. What it does and what fails is in a log of its own: one full disk fails
// for every claim, again and again.
func runProvisioner(ctx context.Context, config *Config, client *client, events *recorder, log io.Writer) {
	newProvisioner(config.NodeName, client, events, sayTo(log)).run(ctx)
}

func (p *provisioner) run(ctx context.Context) {
	var group sync.WaitGroup
	defer group.Wait()
	group.Go(func() { p.claims.run(ctx) })
	group.Go(func() { p.volumes.run(ctx) })
	group.Go(func() { p.classes.run(ctx) })
	// Before all three are known a claim might seem to have no volume, or no class.
	if p.claims.hasSynced(ctx) && p.volumes.hasSynced(ctx) && p.classes.hasSynced(ctx) {
		p.queue.run(ctx, provisionersAtOnce, p.work)
	}
}

// work does what there is to do for the volume of that name; an error has it tried again.
func (p *provisioner) work(ctx context.Context, name string) error {
	if volume, ok := p.volumes.get(name); ok {
		p.remember(name, false)
		if !shouldDelete(volume, p.nodeName) {
			return nil
		}
		return p.delete(ctx, name)
	}
	if claim, ok := p.claims.get(name); ok {
		class, err := shouldProvision(claim, p.classes.get, p.nodeName)
		if err != nil {
			p.say("claim %s: %v", claim.Metadata.key(), err)
			return err
		}
		if class != nil {
			return p.provision(ctx, claim, class)
		}
	}
	return p.discard(ctx, name)
}

// volumeName is the same at each attempt: a volume is never made twice for one claim.
func volumeName(claim *PersistentVolumeClaim) string { return "pvc-" + claim.Metadata.UID }

func className(claim *PersistentVolumeClaim) string {
	if name, ok := claim.Metadata.Annotations[betaStorageClass]; ok {
		return name
	}
	return claim.Spec.StorageClassName
}

// shouldProvision returns the class of a claim that waits for a volume of this node, and nothing for any other. A class
// that isn't there is an error: it may come yet.
func shouldProvision(claim *PersistentVolumeClaim, classes func(string) (*StorageClass, bool), nodeName string) (*StorageClass, error) {
	annotations := claim.Metadata.Annotations
	by, ok := annotations[storageProvisioner]
	if !ok {
		by = annotations[betaStorageProvisioner]
	}
	if by != provisionerName || claim.Spec.VolumeName != "" || claim.Status.Phase != "Pending" || claim.Metadata.DeletionTimestamp != nil {
		return nil, nil
	}
	class, ok := classes(className(claim))
	if !ok {
		return nil, fmt.Errorf("storageClass %q not found", className(claim))
	}
	// The scheduler chooses the node when the first pod asks for the claim; it may take its choice back.
	waits := class.VolumeBindingMode == "WaitForFirstConsumer" && annotations[selectedNode] != nodeName
	if waits || class.Provisioner != provisionerName {
		return nil, nil
	}
	return class, nil
}

// shouldDelete reports whether the volume is one of ours on this node, released by its claim, and to be deleted.
func shouldDelete(volume *PersistentVolume, nodeName string) bool {
	return volume.Metadata.Annotations[provisionedBy] == provisionerName &&
		volume.Metadata.DeletionTimestamp == nil &&
		volume.Status.Phase == "Released" &&
		volume.Spec.PersistentVolumeReclaimPolicy == "Delete" &&
		isOnNode(volume, nodeName)
}

func isOnNode(volume *PersistentVolume, nodeName string) bool {
	if volume.Spec.NodeAffinity == nil {
		return false
	}
	return slices.ContainsFunc(volume.Spec.NodeAffinity.Required.NodeSelectorTerms, func(term NodeSelectorTerm) bool {
		return slices.ContainsFunc(term.MatchExpressions, func(each NodeSelectorRequirement) bool {
			return each.Key == hostnameLabel && each.Operator == "In" && slices.Contains(each.Values, nodeName)
		})
	})
}

// refusal says why the claim can have no volume, or nothing.
func refusal(claim *PersistentVolumeClaim) error {
	if claim.Spec.Selector != nil {
		return errors.New("a claim with a selector can't have a volume made for it")
	}
	if claim.Spec.VolumeMode == "Block" {
		return errors.New("volumeMode Block is not offered; use Filesystem")
	}
	return nil
}

// volumeFor is the PersistentVolume of a claim, bound to it.
func volumeFor(claim *PersistentVolumeClaim, class *StorageClass, nodeName string) *PersistentVolume {
	name := volumeName(claim)
	by := refer("PersistentVolumeClaim", &claim.Metadata)
	policy := class.ReclaimPolicy
	if policy == "" {
		policy = "Delete"
	}
	affinity := &VolumeAffinity{}
	affinity.Required.NodeSelectorTerms = []NodeSelectorTerm{{[]NodeSelectorRequirement{{hostnameLabel, "In", []string{nodeName}}}}}
	return &PersistentVolume{
		APIVersion: "v1", Kind: "PersistentVolume",
		Metadata: Metadata{Name: name, Annotations: map[string]string{provisionedBy: provisionerName}},
		Spec: PersistentVolumeSpec{
			AccessModes:                   claim.Spec.AccessModes,
			Capacity:                      map[string]string{"storage": claim.Spec.Resources.Requests["storage"]},
			ClaimRef:                      &by,
			Local:                         &LocalVolume{volumeMount(name)},
			MountOptions:                  class.MountOptions,
			NodeAffinity:                  affinity,
			PersistentVolumeReclaimPolicy: policy,
			StorageClassName:              className(claim),
			VolumeMode:                    "Filesystem",
		},
	}
}

// provision makes the volume of a claim, first on the disk and then in the API.
func (p *provisioner) provision(ctx context.Context, claim *PersistentVolumeClaim, class *StorageClass) error {
	name, about := volumeName(claim), refer("PersistentVolumeClaim", &claim.Metadata)
	fail := func(err error) error {
		if ctx.Err() == nil {
			p.events.warning(about, "ProvisioningFailed", "%v", err)
			p.say("claim %s: %v", claim.Metadata.key(), err)
		}
		return err
	}
	if err := refusal(claim); err != nil {
		return fail(err)
	}
	bytes, err := bytesOf(claim.Spec.Resources.Requests["storage"])
	if err != nil {
		return fail(err)
	}
	if !p.isUnrecorded(name) {
		// What is followed may lag behind: a volume that is there must never be made anew, nor one for a claim that is gone.
		if there, err := p.isRecorded(ctx, name); there || err != nil {
			return err
		}
		if waits, err := p.stillWaits(ctx, claim); !waits || err != nil {
			return err
		}
		p.events.normal(about, "Provisioning", "External provisioner is provisioning volume for claim %q", claim.Metadata.key())
		if err := p.makeAfresh(ctx, name, bytes); err != nil {
			return fail(err)
		}
		p.remember(name, true)
	}
	// After a failure it is unknown whether the server has made it: the file is kept, and the next attempt finds out.
	err = p.client.create(ctx, volumesPath, volumeFor(claim, class, p.nodeName))
	if err != nil && !answered(err, http.StatusConflict) {
		return fail(fmt.Errorf("the volume %s is made, but can't be recorded: %w", name, err))
	}
	p.remember(name, false)
	p.events.normal(about, "ProvisioningSucceeded", "Successfully provisioned volume %s", name)
	p.say("claim %s: the volume %s of %d bytes is made", claim.Metadata.key(), name, bytes)
	return nil
}

// makeAfresh first sweeps away what is left of a run of the agent that was killed before it recorded the volume.
func (p *provisioner) makeAfresh(ctx context.Context, name string, bytes int64) error {
	if err := p.removeVolume(name); err != nil {
		return err
	}
	if err := p.makeVolume(ctx, name, bytes); err != nil {
		return errors.Join(err, p.removeVolume(name))
	}
	return nil
}

// discard removes the file of a volume that could not be recorded and that no claim asks for any more.
func (p *provisioner) discard(ctx context.Context, name string) error {
	if !p.isUnrecorded(name) {
		return nil
	}
	there, err := p.isRecorded(ctx, name)
	if err == nil && !there {
		err = p.removeVolume(name)
	}
	if err != nil {
		p.say("volume %s, which belongs to no claim: %v", name, err)
		return err
	}
	p.remember(name, false)
	return nil
}

// delete removes a volume, first on the disk and then in the API.
func (p *provisioner) delete(ctx context.Context, name string) error {
	// Its data cannot be restored, so check again.
	volume := &PersistentVolume{}
	if err := p.client.get(ctx, volumesPath+"/"+name, volume); answered(err, http.StatusNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	if !shouldDelete(volume, p.nodeName) {
		return nil
	}
	if err := p.removeVolume(name); err != nil {
		p.events.warning(refer("PersistentVolume", &volume.Metadata), "VolumeFailedDelete", "%v", err)
		p.say("volume %s: %v", name, err)
		return err
	}
	if err := p.client.delete(ctx, volumesPath+"/"+name); err != nil && !answered(err, http.StatusNotFound) {
		p.say("volume %s: its file is removed, but %v", name, err)
		return err
	}
	p.say("volume %s is removed", name)
	return nil
}

// isRecorded asks the API server itself.
func (p *provisioner) isRecorded(ctx context.Context, name string) (bool, error) {
	err := p.client.get(ctx, volumesPath+"/"+name, nil)
	if answered(err, http.StatusNotFound) {
		return false, nil
	}
	return err == nil, err
}

// stillWaits asks the API server itself.
func (p *provisioner) stillWaits(ctx context.Context, claim *PersistentVolumeClaim) (bool, error) {
	now := &PersistentVolumeClaim{}
	path := coreAPI + "/namespaces/" + claim.Metadata.Namespace + "/persistentvolumeclaims/" + claim.Metadata.Name
	if err := p.client.get(ctx, path, now); answered(err, http.StatusNotFound) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	class, err := shouldProvision(now, p.classes.get, p.nodeName)
	return class != nil && now.Metadata.UID == claim.Metadata.UID, err
}

func (p *provisioner) isUnrecorded(name string) bool {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.unrecorded[name]
}

func (p *provisioner) remember(name string, unrecorded bool) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if unrecorded {
		p.unrecorded[name] = true
	} else {
		delete(p.unrecorded, name)
	}
}
