/** Label of a Helm release: what it was made from. The same fingerprint: the release is what would be made now. */
export const fingerprintLabel = 'platform.local/fingerprint'
/** Label of every object that the engine writes beside the releases: the component's name. */
export const componentLabel = 'platform.local/component'
/** The field manager of what the engine itself writes. */
export const fieldManager = 'platform'
/** What makes an object ours to write: `app.kubernetes.io/managed-by` of Secrets and namespaces made by the engine. */
export const managedByLabel = 'app.kubernetes.io/managed-by'
export const managedBy = 'observable-platform'
