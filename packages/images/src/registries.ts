import { type Environment, environment } from '@platform/core'
import { isProxied } from './proxy.ts'

/** Asks whether a registry can be used from here. */
export type ProbeRegistry = (host: string) => Promise<boolean>

const LIMIT_MS = 3000

/**
 * A probe that asks each registry once and remembers the answer for as long as it lives (one run). A registry that
 * wants a login first (401) is there; a proxy's refusal (403, 407, 5xx) is not a registry.
 */
export function rememberingProbe(ask: ProbeRegistry = askRegistry): ProbeRegistry {
  const answers = new Map<string, Promise<boolean>>()
  return (host) => {
    const answer = answers.get(host) ?? ask(host)
    answers.set(host, answer)
    return answer
  }
}

/**
 * A probe that leaves registries behind a proxy alone: fetch knows no proxies, and whether this one lets an image
 * through is known only when containerd has pulled it. Such a registry counts as there.
 */
export function throughProxy(env: Environment, ask: ProbeRegistry = askRegistry): ProbeRegistry {
  return async (host) => isProxied(host, env) || ask(host)
}

async function askRegistry(host: string): Promise<boolean> {
  const scheme = /^(localhost|127\.0\.0\.1)(:|$)/.test(host) ? 'http' : 'https'
  try {
    const response = await fetch(`${scheme}://${host}/v2/`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(LIMIT_MS),
    })
    await response.body?.cancel()
    return response.status < 400 || response.status === 401
  } catch {
    return false
  }
}

/** The probe of this process. */
export const probeRegistry: ProbeRegistry = rememberingProbe(throughProxy(environment()))
