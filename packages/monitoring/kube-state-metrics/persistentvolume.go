package main

import (
	"strconv"
	"strings"

	v1 "k8s.io/api/core/v1"
)

var persistentVolumes = define(table[*v1.PersistentVolume]{
	name:     "persistentvolumes",
	cluster:  true,
	group:    core,
	example:  &v1.PersistentVolume{},
	prefix:   "kube_persistentvolume",
	own:      labels("persistentvolume"),
	identify: func(p *v1.PersistentVolume) []string { return []string{p.Name} },
	families: []family[*v1.PersistentVolume]{
		gauge("kube_persistentvolume_capacity_bytes", "Persistentvolume capacity in bytes.",
			func(p *v1.PersistentVolume) float64 { return amount(p.Spec.Capacity[v1.ResourceStorage]) }),
		series("kube_persistentvolume_claim_ref", "Information about the Persistent Volume Claim Reference.",
			labels("name", "claim_namespace"), func(p *v1.PersistentVolume) []sample {
				if claim := p.Spec.ClaimRef; claim != nil {
					return one(claim.Name, claim.Namespace)
				}
				return nil
			}),
		deletion[*v1.PersistentVolume]("kube_persistentvolume"),
		series("kube_persistentvolume_info", "Information about persistentvolume.",
			labels("storageclass", "gce_persistent_disk_name", "ebs_volume_id", "azure_disk_name", "fc_wwids", "fc_lun",
				"fc_target_wwns", "iscsi_target_portal", "iscsi_iqn", "iscsi_lun", "iscsi_initiator_name", "nfs_server",
				"nfs_path", "csi_driver", "csi_volume_handle", "local_path", "local_fs", "host_path", "host_path_type",
				"reclaim_policy"), volumeInfo),
		series("kube_persistentvolume_status_phase",
			"The phase indicates if a volume is available, bound to a claim, or released by a claim.", labels("phase"),
			func(p *v1.PersistentVolume) []sample {
				if p.Status.Phase == "" {
					return nil
				}
				return oneOf(p.Status.Phase, v1.VolumePending, v1.VolumeAvailable, v1.VolumeBound, v1.VolumeReleased, v1.VolumeFailed)
			}),
		series("kube_persistentvolume_volume_mode", "Volume Mode information for the PersistentVolume.", labels("volumemode"),
			func(p *v1.PersistentVolume) []sample { return one(mode(p.Spec.VolumeMode)) }),
	},
})

func mode(of *v1.PersistentVolumeMode) string {
	if of == nil {
		return string(v1.PersistentVolumeFilesystem)
	}
	return string(*of)
}

func volumeInfo(p *v1.PersistentVolume) []sample {
	s := p.Spec.PersistentVolumeSource
	v := map[string]string{}
	if s.GCEPersistentDisk != nil {
		v["gce"] = s.GCEPersistentDisk.PDName
	}
	if s.AWSElasticBlockStore != nil {
		v["ebs"] = s.AWSElasticBlockStore.VolumeID
	}
	if s.AzureDisk != nil {
		v["azure"] = s.AzureDisk.DiskName
	}
	if s.FC != nil {
		v["wwids"], v["wwns"] = strings.Join(s.FC.WWIDs, ","), strings.Join(s.FC.TargetWWNs, ",")
		if s.FC.Lun != nil {
			v["fclun"] = strconv.Itoa(int(*s.FC.Lun))
		}
	}
	if s.ISCSI != nil {
		v["portal"], v["iqn"], v["lun"] = s.ISCSI.TargetPortal, s.ISCSI.IQN, strconv.Itoa(int(s.ISCSI.Lun))
		v["initiator"] = deref(s.ISCSI.InitiatorName)
	}
	if s.NFS != nil {
		v["server"], v["path"] = s.NFS.Server, s.NFS.Path
	}
	if s.CSI != nil {
		v["driver"], v["handle"] = s.CSI.Driver, s.CSI.VolumeHandle
	}
	if s.Local != nil {
		v["local"], v["fs"] = s.Local.Path, deref(s.Local.FSType)
	}
	if s.HostPath != nil {
		v["host"], v["hosttype"] = s.HostPath.Path, string(deref(s.HostPath.Type))
	}
	return one(p.Spec.StorageClassName, v["gce"], v["ebs"], v["azure"], v["wwids"], v["fclun"], v["wwns"], v["portal"], v["iqn"],
		v["lun"], v["initiator"], v["server"], v["path"], v["driver"], v["handle"], v["local"], v["fs"], v["host"], v["hosttype"],
		string(p.Spec.PersistentVolumeReclaimPolicy))
}
