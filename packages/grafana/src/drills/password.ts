import { randomBytes } from 'node:crypto'
import type { ProofContext } from '@platform/engine'
import { admin, endpoint } from '../component.ts'

const path = `/api/v1/namespaces/${endpoint.namespace}/secrets/${admin.name}`

/** In the Secret itself, so that a drill that is killed leaves what the next one mends with. */
const kept = 'admin-password-before-drill'

interface Secret {
  readonly data?: Readonly<Record<string, string>>
}

/** Grafana keeps its own: only the Secret is changed. */
export async function takeAnotherPassword({ api }: ProofContext): Promise<void> {
  const { data = {} } = await api.get<Secret>(path)
  const other = Buffer.from(randomBytes(18).toString('base64url')).toString('base64')
  await api.patch(path, { data: { [kept]: data[kept] ?? data[admin.password], [admin.password]: other } })
}

/** `up` can't know a password that was made once and overwritten. */
export async function restorePassword({ api }: ProofContext): Promise<void> {
  const { data = {} } = await api.get<Secret>(path)
  if (data[kept]) await api.patch(path, { data: { [admin.password]: data[kept], [kept]: null } })
}
