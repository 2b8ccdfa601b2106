package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func waitingClaim(options ...func(*PersistentVolumeClaim)) *PersistentVolumeClaim {
	claim := &PersistentVolumeClaim{Metadata: Metadata{Namespace: "n", Name: "c", UID: "u", ResourceVersion: "5",
		Annotations: map[string]string{storageProvisioner: provisionerName, selectedNode: "here"}}}
	claim.Spec.StorageClassName = "standard"
	claim.Spec.AccessModes = []string{"ReadWriteOnce"}
	claim.Spec.VolumeMode = "Filesystem"
	claim.Spec.Resources.Requests = map[string]string{"storage": "64Mi"}
	claim.Status.Phase = "Pending"
	for _, change := range options {
		change(claim)
	}
	return claim
}

func standardClass() *StorageClass {
	return &StorageClass{Metadata: Metadata{Name: "standard"}, Provisioner: provisionerName, ReclaimPolicy: "Delete", VolumeBindingMode: "WaitForFirstConsumer"}
}

func TestWhichClaimsAreProvisioned(t *testing.T) {
	now := time.Now()
	classes := map[string]*StorageClass{
		"standard":  standardClass(),
		"immediate": {Provisioner: provisionerName, VolumeBindingMode: "Immediate"},
		"foreign":   {Provisioner: "another"},
	}
	find := func(name string) (*StorageClass, bool) { class, ok := classes[name]; return class, ok }
	type change = func(*PersistentVolumeClaim)
	annotated := func(key, value string) change {
		return func(c *PersistentVolumeClaim) { c.Metadata.Annotations[key] = value }
	}
	without := func(key string) change {
		return func(c *PersistentVolumeClaim) { delete(c.Metadata.Annotations, key) }
	}
	of := func(class string) change { return func(c *PersistentVolumeClaim) { c.Spec.StorageClassName = class } }
	for name, row := range map[string]struct {
		changes []change
		want    string
	}{
		"it waits for this node":              {nil, "standard"},
		"it waits for its first pod":          {[]change{without(selectedNode)}, ""},
		"it waits for another node":           {[]change{annotated(selectedNode, "there")}, ""},
		"another provisioner's":               {[]change{annotated(storageProvisioner, "another")}, ""},
		"no provisioner's":                    {[]change{without(storageProvisioner)}, ""},
		"the beta annotation":                 {[]change{without(storageProvisioner), annotated(betaStorageProvisioner, provisionerName)}, "standard"},
		"the newer annotation counts":         {[]change{annotated(storageProvisioner, "another"), annotated(betaStorageProvisioner, provisionerName)}, ""},
		"it has a volume":                     {[]change{func(c *PersistentVolumeClaim) { c.Spec.VolumeName = "v" }}, ""},
		"it is bound":                         {[]change{func(c *PersistentVolumeClaim) { c.Status.Phase = "Bound" }}, ""},
		"it is being deleted":                 {[]change{func(c *PersistentVolumeClaim) { c.Metadata.DeletionTimestamp = &now }}, ""},
		"no node is waited for":               {[]change{of("immediate"), without(selectedNode)}, "immediate"},
		"the class is in the beta annotation": {[]change{of("foreign"), annotated(betaStorageClass, "standard")}, "standard"},
		"the class is another's":              {[]change{of("foreign")}, ""},
		"the class is not there":              {[]change{of("none")}, `storageClass "none" not found`},
		"another's, and the class not there":  {[]change{of("none"), without(storageProvisioner)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			class, err := shouldProvision(waitingClaim(row.changes...), find, "here")
			got := fmt.Sprint(err)
			if err == nil {
				got = ""
				for name, each := range classes {
					if each == class {
						got = name
					}
				}
			}
			if got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

func TestWhichVolumesAreDeleted(t *testing.T) {
	now := time.Now()
	for name, row := range map[string]struct {
		change func(*PersistentVolume)
		want   bool
	}{
		"its claim is gone":       {func(*PersistentVolume) {}, true},
		"it is bound":             {func(v *PersistentVolume) { v.Status.Phase = "Bound" }, false},
		"it is free":              {func(v *PersistentVolume) { v.Status.Phase = "Available" }, false},
		"it is to be retained":    {func(v *PersistentVolume) { v.Spec.PersistentVolumeReclaimPolicy = "Retain" }, false},
		"another made it":         {func(v *PersistentVolume) { v.Metadata.Annotations[provisionedBy] = "another" }, false},
		"not provisioned by us":   {func(v *PersistentVolume) { v.Metadata.Annotations = nil }, false},
		"it is being deleted":     {func(v *PersistentVolume) { v.Metadata.DeletionTimestamp = &now }, false},
		"it is of no node at all": {func(v *PersistentVolume) { v.Spec.NodeAffinity = nil }, false},
		"it is of another node": {func(v *PersistentVolume) {
			v.Spec.NodeAffinity.Required.NodeSelectorTerms[0].MatchExpressions[0].Values[0] = "there"
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			volume := volumeFor(waitingClaim(), standardClass(), "here")
			volume.Status.Phase = "Released"
			row.change(volume)
			if got := shouldDelete(volume, "here"); got != row.want {
				t.Errorf("got %t, want %t", got, row.want)
			}
		})
	}
}

func TestTheVolumeOfAClaim(t *testing.T) {
	class := standardClass()
	class.ReclaimPolicy, class.MountOptions = "", []string{"noatime"}
	data, err := json.Marshal(volumeFor(waitingClaim(), class, "here"))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"apiVersion":"v1","kind":"PersistentVolume",` +
		`"metadata":{"name":"pvc-u","annotations":{"pv.kubernetes.io/provisioned-by":"platform.local/volume"}},` +
		`"spec":{"accessModes":["ReadWriteOnce"],"capacity":{"storage":"64Mi"},` +
		`"claimRef":{"apiVersion":"v1","kind":"PersistentVolumeClaim","namespace":"n","name":"c","uid":"u","resourceVersion":"5"},` +
		`"local":{"path":"/var/lib/volumes/mounts/pvc-u"},"mountOptions":["noatime"],` +
		`"nodeAffinity":{"required":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"kubernetes.io/hostname","operator":"In","values":["here"]}]}]}},` +
		`"persistentVolumeReclaimPolicy":"Delete","storageClassName":"standard","volumeMode":"Filesystem"}}`
	if string(data) != want {
		t.Errorf("got  %s\nwant %s", data, want)
	}
}

// disk counts what is made and removed instead of doing it.
type disk struct {
	mutex         sync.Mutex
	files         []string
	made, removed int
	makes, frees  error
}

func (d *disk) make(_ context.Context, name string, bytes int64) error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.made++
	d.files = append(d.files, fmt.Sprint(name, " ", bytes))
	return d.makes
}

func (d *disk) remove(name string) error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.frees == nil {
		d.removed++
		d.files = slices.DeleteFunc(d.files, func(file string) bool { return strings.HasPrefix(file, name+" ") })
	}
	return d.frees
}

func (d *disk) state() string {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return fmt.Sprint(d.made, " ", d.files)
}

const (
	claimPath  = coreAPI + "/namespaces/n/persistentvolumeclaims/c"
	volumePath = volumesPath + "/pvc-u"
)

// provisioning runs a provisioner with short pauses on an API that has the class and the claim.
func provisioning(t *testing.T, before func(*fakeAPI, *disk), claim *PersistentVolumeClaim) (*fakeAPI, *disk) {
	api, d := newFakeAPI(t), &disk{}
	api.put(storageAPI+"/storageclasses/standard", asMap(t, standardClass()))
	api.put(claimPath, asMap(t, claim))
	before(api, d)
	events := newRecorder(api.client, t.Logf)
	p := newProvisioner("here", api.client, events, t.Logf)
	p.makeVolume, p.removeVolume = d.make, d.remove
	p.queue.firstPause, p.queue.lastPause = 20*time.Millisecond, 50*time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() { events.run(ctx) })
	group.Go(func() { p.run(ctx) })
	t.Cleanup(func() {
		cancel()
		ends(t, "the provisioner", group.Wait)
	})
	return api, d
}

func asMap(t *testing.T, object any) map[string]any {
	t.Helper()
	data, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func (api *fakeAPI) happened(reason, message string) func() bool {
	return func() bool {
		for _, path := range api.under(coreAPI + "/events") {
			if event := api.read(path); event["reason"] == reason && strings.Contains(event["message"].(string), message) {
				return true
			}
		}
		return false
	}
}

func nothing(*fakeAPI, *disk) {}

func TestAVolumeFromItsClaimToItsEnd(t *testing.T) {
	api, d := provisioning(t, nothing, waitingClaim())
	atLast(t, "the event of the success", api.happened("ProvisioningSucceeded", "Successfully provisioned volume pvc-u"))
	if !api.happened("Provisioning", `External provisioner is provisioning volume for claim "n/c"`)() {
		t.Error("there is no event of the beginning")
	}
	if d.state() != "1 [pvc-u 67108864]" || api.read(volumePath) == nil {
		t.Fatalf("got %s, %v", d.state(), api.read(volumePath))
	}
	// as the volume controller does when it has bound them, and when the claim is gone
	api.put(claimPath, asMap(t, waitingClaim(func(c *PersistentVolumeClaim) { c.Spec.VolumeName, c.Status.Phase = "pvc-u", "Bound" })))
	api.drop(claimPath)
	released := api.read(volumePath)
	released = merge(released, map[string]any{"status": map[string]any{"phase": "Released"}})
	api.put(volumePath, released)
	atLast(t, "the volume is gone", func() bool { return api.read(volumePath) == nil })
	if d.state() != "1 []" {
		t.Errorf("left on the disk: %s", d.state())
	}
}

func TestAVolumeThatIsThereIsNotMadeAgain(t *testing.T) {
	api, d := provisioning(t, func(api *fakeAPI, _ *disk) {
		api.put(volumePath, asMap(t, volumeFor(waitingClaim(), standardClass(), "here")))
	}, waitingClaim())
	time.Sleep(50 * time.Millisecond)
	if d.made != 0 || len(api.under(coreAPI+"/events")) != 0 {
		t.Errorf("made %d, events %v", d.made, api.under(coreAPI+"/events"))
	}
}

func TestAFailureIsToldCleanedUpAndTriedAgain(t *testing.T) {
	api, d := provisioning(t, func(_ *fakeAPI, d *disk) { d.makes = errors.New("no space left on device") }, waitingClaim())
	atLast(t, "the event of the failure", api.happened("ProvisioningFailed", "no space left on device"))
	d.mutex.Lock()
	d.makes = nil
	d.mutex.Unlock()
	atLast(t, "the volume is there", func() bool { return api.read(volumePath) != nil })
	if !strings.HasSuffix(d.state(), " [pvc-u 67108864]") {
		t.Errorf("on the disk: %s", d.state())
	}
}

func TestRefusals(t *testing.T) {
	for message, change := range map[string]func(*PersistentVolumeClaim){
		"a claim with a selector can't have a volume made for it": func(c *PersistentVolumeClaim) { c.Spec.Selector = &struct{}{} },
		"volumeMode Block is not offered; use Filesystem":         func(c *PersistentVolumeClaim) { c.Spec.VolumeMode = "Block" },
		`"much" is no size`: func(c *PersistentVolumeClaim) { c.Spec.Resources.Requests["storage"] = "much" },
	} {
		t.Run(message, func(t *testing.T) {
			api, d := provisioning(t, nothing, waitingClaim(change))
			atLast(t, "the event of the refusal", api.happened("ProvisioningFailed", message))
			if d.state() != "0 []" {
				t.Errorf("on the disk: %s", d.state())
			}
		})
	}
}

func TestAVolumeThatCantBeRecordedIsKeptForTheNextAttempt(t *testing.T) {
	api, d := provisioning(t, refuseVolumes, waitingClaim())
	atLast(t, "the event of the failure", api.happened("ProvisioningFailed", "can't be recorded: refused by the test"))
	api.mutex.Lock()
	api.refuse = nil
	api.mutex.Unlock()
	atLast(t, "the volume is there", func() bool { return api.read(volumePath) != nil })
	if d.state() != "1 [pvc-u 67108864]" {
		t.Errorf("it was made again: %s", d.state())
	}
}

func TestAVolumeThatCantBeRecordedGoesWithItsClaim(t *testing.T) {
	api, d := provisioning(t, refuseVolumes, waitingClaim())
	atLast(t, "the event of the failure", api.happened("ProvisioningFailed", "can't be recorded"))
	api.drop(claimPath)
	atLast(t, "the file is gone", func() bool { return strings.HasSuffix(d.state(), " []") })
}

func refuseVolumes(api *fakeAPI, _ *disk) {
	api.refuse = func(r *http.Request) int {
		if r.Method == http.MethodPost && r.URL.Path == volumesPath {
			return http.StatusInternalServerError
		}
		return 0
	}
}

func TestAVolumeThatCantBeRemovedIsToldAndTriedAgain(t *testing.T) {
	api, d := provisioning(t, func(api *fakeAPI, d *disk) {
		d.frees = errors.New("device or resource busy")
		volume := volumeFor(waitingClaim(), standardClass(), "here")
		volume.Status.Phase = "Released"
		api.put(volumePath, asMap(t, volume))
	}, waitingClaim())
	atLast(t, "the event of the failure", api.happened("VolumeFailedDelete", "device or resource busy"))
	if api.read(volumePath) == nil {
		t.Fatal("it is gone from the API, and not from the disk")
	}
	api.drop(claimPath)
	d.mutex.Lock()
	d.frees = nil
	d.mutex.Unlock()
	atLast(t, "the volume is gone", func() bool { return api.read(volumePath) == nil })
}
