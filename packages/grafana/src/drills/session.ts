import type { ProofContext } from '@platform/engine'
import { grafanaClient, jsonRequest, secretLogin, told } from '../grafana-client.ts'

/** Logs in with the form and leaves the session open. */
export async function sessionLeft(context: ProofContext): Promise<string> {
  const { request } = await grafanaClient(context)
  const form = await request('/login', jsonRequest('POST', await secretLogin(context)))
  const session = /grafana_session=[^;]+/.exec(form.headers['set-cookie'] ?? '')?.[0]
  if (form.status !== 200 || !session) throw new Error(`the login form: ${told(form)}, wanted 200 and a session`)
  return session
}

/** The session of before the restart is still one, and the Secret's password still the password. */
export async function sessionSurvived(context: ProofContext, left: unknown): Promise<string> {
  const { request, get } = await grafanaClient(context)
  const headers = { cookie: String(left) }
  const again = await request('/api/user', { headers })
  if (again.status !== 200) throw new Error(`the session of before: ${told(again)}, wanted 200`)
  await get('/api/user')
  await request('/logout', { headers })
  return 'the session of before the restart, and the password'
}
