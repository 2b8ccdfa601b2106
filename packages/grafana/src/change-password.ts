import { PlatformError } from '@platform/core'
import type { HttpResponse, ProofContext, SecretChange } from '@platform/engine'
import { type GrafanaClient, jsonRequest, throughForward, told } from './grafana-client.ts'
import { admin } from './names.ts'

/** What works whatever Grafana's own state is, inside the pod of a real Grafana. */
const byHand = `pnpm kubectl exec -it --namespace monitoring deploy/grafana-dashboard -- grafana cli admin reset-admin-password`

/**
 * Gives the running Grafana the password of the env file, or the one that was edited in the Secret. Grafana keeps it in its database: the Secret alone
 * would change nothing there.
 *
 * @throws PlatformError when Grafana is not there, opens with neither password, or refuses the new one
 */
export async function changePassword(context: ProofContext, { stored, wanted }: SecretChange): Promise<void> {
  // The name is fixed: where the Secret has another, somebody edited it, and Grafana still has ours.
  const user = wanted[admin.user] ?? 'admin'
  const before = stored[admin.password] ?? ''
  const after = wanted[admin.password] ?? ''
  await change(await reach(context), { user, before, after })
}

/** The change itself, on a Grafana that answers. */
export async function change(
  request: GrafanaClient['request'],
  { user, before, after }: { readonly user: string; readonly before: string; readonly after: string },
): Promise<void> {
  // A run that was killed between Grafana and the Secret has done the first half. Asked first with the old one: each
  // wrong try counts towards Grafana's lock.
  const opened = await request('/api/user', { login: { user, password: before } })
  if (opened.status === 401) {
    if (before === after) throw edited()
    const already = await request('/api/user', { login: { user, password: after } })
    if (already.status === 200) return
    throw new PlatformError(
      'GRAFANA_PASSWORD_UNKNOWN',
      `Grafana opens neither with the stored password nor with GRAFANA_ADMIN_PASSWORD (${told(already)}): it was changed by hand`,
      { hint: `${byHand} <the value of GRAFANA_ADMIN_PASSWORD>` },
    )
  }
  if (opened.status !== 200) throw notChanged(opened)
  if (before === after) return
  const body = { oldPassword: before, newPassword: after, confirmNew: after }
  const changed = await request('/api/user/password', {
    ...jsonRequest('PUT', body),
    login: { user, password: before },
  })
  if (changed.status !== 200) throw notChanged(changed)
}

/** There is no older password to log in with: what Grafana has, only a person can know. */
function edited(): PlatformError {
  const text = `"$(pnpm -s kubectl get secret --namespace monitoring ${admin.name} -o jsonpath='{.data.${admin.password}}' | base64 -d)"`
  return new PlatformError(
    'GRAFANA_PASSWORD_EDITED',
    `Grafana does not open with the password in the Secret ${admin.name}: one of the two was changed by hand, and Grafana takes another only from who knows the one that it has`,
    {
      hint: `${byHand} ${text}   # or set GRAFANA_ADMIN_PASSWORD in the env file to the password that Grafana has`,
    },
  )
}

function notChanged(answer: HttpResponse): PlatformError {
  return new PlatformError(
    'GRAFANA_PASSWORD_NOT_CHANGED',
    `Grafana did not take GRAFANA_ADMIN_PASSWORD: ${told(answer)}; it keeps the password that it has`,
  )
}

async function reach(context: ProofContext): Promise<GrafanaClient['request']> {
  const running = await context.pods('app.kubernetes.io/name=grafana').catch(() => [])
  if (running.length) return throughForward(context)
  throw new PlatformError(
    'GRAFANA_NOT_RUNNING',
    'GRAFANA_ADMIN_PASSWORD was changed, and Grafana does not run: only itself can change the password in its database',
    { hint: 'GRAFANA_ADMIN_PASSWORD= pnpm up grafana && pnpm up grafana' },
  )
}
