import type { Manifest } from '../../kubernetes/objects.ts'

/** The default class: volumes of a real size, made by the node's own controller as loop-mounted files. */
export const storageClass: Manifest = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: {
    name: 'standard',
    labels: {
      'app.kubernetes.io/managed-by': 'platform',
    },
    annotations: {
      'storageclass.kubernetes.io/is-default-class': 'true',
    },
  },
  provisioner: 'platform.local/volume',
  volumeBindingMode: 'WaitForFirstConsumer',
  reclaimPolicy: 'Delete',
}
