/** Label of a Helm release: a digest of its inputs. An equal fingerprint means that the release is up to date. */
export const fingerprintLabel = 'platform.local/fingerprint'
/** Label of every object that the engine writes outside of releases: the component's name. */
export const componentLabel = 'platform.local/component'
/** Field manager of the engine's own writes. */
export const fieldManager = 'platform'
/** Label of the Secrets and namespaces that the engine creates; without it the engine does not write to them. */
export const managedByLabel = 'app.kubernetes.io/managed-by'
export const managedBy = 'observable-platform'
