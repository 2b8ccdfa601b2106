import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Settings } from '@platform/core'

interface AuditEvent {
  readonly stage: string
  readonly verb: string
  readonly requestURI: string
  readonly user: { readonly username: string }
  readonly objectRef?: { readonly resource?: string }
  readonly requestReceivedTimestamp: string
}

const reads = new Set(['get', 'list', 'watch'])

/**
 * What the administrator (we) wrote while `work` ran, by the API server's own log: `create /api/v1/…`. Reviews are
 * questions in the shape of objects, and a dry run is not stored: neither is a write.
 */
export async function writesDuring<T>(
  settings: Settings,
  work: () => Promise<T>,
): Promise<{ result: T; writes: string[] }> {
  const from = Date.now()
  const result = await work()
  const to = Date.now()
  const text = readFileSync(join(settings.clusterDir, 'logs', 'audit.log'), 'utf8')
  const events = text.split('\n').flatMap((line) => (line ? [JSON.parse(line) as AuditEvent] : []))
  const ours = events.filter(({ user, stage, requestReceivedTimestamp }) => {
    const at = Date.parse(requestReceivedTimestamp)
    return user.username === 'kubernetes-admin' && stage === 'ResponseComplete' && at >= from && at <= to
  })
  if (!ours.length) throw new Error('the audit log tells of no question at all: nothing is proved by it')
  const writes = ours.filter(
    ({ verb, requestURI, objectRef }) =>
      !reads.has(verb) && !requestURI.includes('dryRun=All') && !objectRef?.resource?.endsWith('accessreviews'),
  )
  return { result, writes: writes.map(({ verb, requestURI }) => `${verb} ${requestURI}`) }
}
