import { randomBytes } from 'node:crypto'
import type { HttpResponse, ProofContext } from '@platform/engine'
import { authSecret } from '../auth-secret.ts'
import { component } from '../component.ts'

/** The label selector of the release's objects. */
export const labels = `app.kubernetes.io/name=traefik,app.kubernetes.io/instance=${component.release}`

/** The dashboard's host, from the env file. */
export function dashboardHost({ settings }: ProofContext): string {
  return settings.components.TRAEFIK_HOST ?? ''
}

/** False: pages without their own login are intentionally public. */
export function asksForPassword({ settings }: ProofContext): boolean {
  return settings.components.DASHBOARD_AUTH !== '0'
}

/** The login for those pages; undefined when they need none. */
export async function login(context: ProofContext): Promise<{ user: string; password: string } | undefined> {
  if (!asksForPassword(context)) return undefined
  const [user, password] = await Promise.all(
    ['username', 'password'].map((key) => context.secret(authSecret.name, key)),
  )
  return { user: user ?? '', password: password ?? '' }
}

/** A unique name. */
export function unique(prefix: string): string {
  return `${prefix}-${randomBytes(5).toString('hex')}`
}

/** A host that no Ingress has: the top-level domain .invalid is reserved. */
export function unknownHost(): string {
  return `${unique('nobody')}.invalid`
}

/** Throws unless the response has the status. */
export function expectStatus(answer: HttpResponse, status: number, what: string): void {
  if (answer.status !== status) throw new Error(`${what}: expected ${status}, got ${answer.status}`)
}
