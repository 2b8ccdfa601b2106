/** An image reference in full: `traefik:v3` → `docker.io/library/traefik:v3`. Digests and tags stay. */
export function normalizeReference(reference: string): string {
  const slash = reference.indexOf('/')
  const first = slash < 0 ? '' : reference.slice(0, slash)
  const hasHost = first.includes('.') || first.includes(':') || first === 'localhost'
  const host = hasHost ? first.replace(/^index\.docker\.io$/, 'docker.io') : 'docker.io'
  const rest = hasHost ? reference.slice(slash + 1) : reference
  const path = host === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest
  return `${host}/${path}${/[:@]/.test(path.slice(path.lastIndexOf('/') + 1)) ? '' : ':latest'}`
}

/** The registry that a reference names, as it is dialled: `docker.io` answers at another name. */
export function registryHost(reference: string): string {
  const host = normalizeReference(reference).split('/')[0] ?? ''
  return host === 'docker.io' ? 'registry-1.docker.io' : host
}

/**
 * The same image at a mirror: the mirror takes the registry's place, as charts do with IMAGE_REGISTRY.
 *
 * @param mirror host, optionally with a port and a path: `mirror.example:5000/hub`
 */
export function atMirror(reference: string, mirror: string | undefined): string {
  const full = normalizeReference(reference)
  return mirror ? `${mirror.replace(/\/+$/, '')}/${full.slice(full.indexOf('/') + 1)}` : full
}
