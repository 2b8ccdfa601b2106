import { randomBytes } from 'node:crypto'
import type { HttpAnswer, ProofContext } from '@platform/engine'
import { authSecret } from '../auth-secret.ts'
import { component } from '../component.ts'

/** What Kubernetes knows the objects of the release by. */
export const labels = `app.kubernetes.io/name=traefik,app.kubernetes.io/instance=${component.release}`

/** The host of the dashboard, as the env file has it. */
export function dashboardHost({ settings }: ProofContext): string {
  return settings.components.TRAEFIK_HOST ?? ''
}

/** False: the pages without a login of their own are open to everybody, and are meant to be. */
export function asksForPassword({ settings }: ProofContext): boolean {
  return settings.components.DASHBOARD_AUTH !== '0'
}

/** The login that opens those pages; none when they ask for none. */
export async function login(context: ProofContext): Promise<{ user: string; password: string } | undefined> {
  if (!asksForPassword(context)) return undefined
  const [user, password] = await Promise.all(
    ['username', 'password'].map((key) => context.secret(authSecret.name, key)),
  )
  return { user: user ?? '', password: password ?? '' }
}

/** A name that nobody else has. */
export function unique(prefix: string): string {
  return `${prefix}-${randomBytes(5).toString('hex')}`
}

/** A host that no Ingress has: nobody can own a name under .invalid. */
export function unknownHost(): string {
  return `${unique('nobody')}.invalid`
}

/** Throws unless the answer has the status. */
export function expectStatus(answer: HttpAnswer, status: number, what: string): void {
  if (answer.status !== status) throw new Error(`${what}: expected ${status}, got ${answer.status}`)
}
