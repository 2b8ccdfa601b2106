/** The fields of Kubernetes objects that are read here. */
export interface KubeObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly uid?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly creationTimestamp?: string
  }
}

/** An object to be applied, whole: whatever its kind has beside the metadata. */
export type Manifest = KubeObject & Readonly<Record<string, unknown>>

export interface KubeList<T> {
  readonly items: readonly T[]
}

export interface Condition {
  readonly type: string
  readonly status: string
  readonly lastHeartbeatTime?: string
  readonly reason?: string
  readonly message?: string
}

export interface NodeObject extends KubeObject {
  readonly spec?: { readonly providerID?: string }
  readonly status?: {
    readonly conditions?: readonly Condition[]
    readonly nodeInfo?: { readonly kubeletVersion?: string }
  }
}

export interface ContainerStatus {
  readonly name: string
  readonly image?: string
  readonly imageID?: string
  readonly ready?: boolean
  readonly restartCount?: number
  readonly state?: {
    readonly running?: { readonly startedAt?: string }
    readonly waiting?: { readonly reason?: string; readonly message?: string }
    readonly terminated?: { readonly reason?: string; readonly message?: string; readonly exitCode?: number }
  }
  readonly lastState?: {
    readonly terminated?: { readonly reason?: string; readonly message?: string; readonly exitCode?: number }
  }
}

export interface PodObject extends KubeObject {
  readonly status?: {
    readonly phase?: string
    readonly reason?: string
    readonly message?: string
    readonly conditions?: readonly Condition[]
    readonly containerStatuses?: readonly ContainerStatus[]
    readonly initContainerStatuses?: readonly ContainerStatus[]
  }
}

export interface ServiceObject extends KubeObject {
  readonly spec?: { readonly type?: string; readonly clusterIP?: string }
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { ip?: string; hostname?: string }[] } }
}

export interface StorageClassObject extends KubeObject {
  readonly provisioner?: string
}

/** The annotation (and its older name) that makes a StorageClass the default. */
const defaultClassAnnotations = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
]

/** The names of the StorageClasses that are marked as the default. */
export function defaultStorageClasses(classes: readonly StorageClassObject[]): string[] {
  return classes
    .filter(({ metadata }) => defaultClassAnnotations.some((name) => metadata.annotations?.[name] === 'true'))
    .map(({ metadata }) => metadata.name)
}

/** The condition's status is True. */
export function isTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false
}
