import type { Access } from '@platform/cluster'
import { type Settings, usageError } from '@platform/core'
import type { OpenDocument } from '@platform/core/documents'
import type { Component, Page } from '../component/component.ts'

/** @throws PlatformError exit code 2: PAGE_NOT_FOUND, or UNKNOWN_PAGE with the existing pages */
export function choosePage({ name, pages = [] }: Component, wanted: string | undefined): Page {
  const [first] = pages
  if (!first) throw usageError('PAGE_NOT_FOUND', `${name} has no pages`, 'pnpm status')
  if (wanted === undefined) return first
  const page = pages.find((each) => each.name === wanted)
  if (page) return page
  const known = pages.map((each) => each.name).join(', ')
  throw usageError(
    'UNKNOWN_PAGE',
    `Unknown page "${wanted}" of ${name}. Its pages: ${known}`,
    `pnpm open ${name} ${first.name}`,
  )
}

/** The URL of a page at the embedded node's ingress, if that is reachable from this machine. */
export function localUrl({ localHost, path = '/' }: Page, local: Access['local']): string | undefined {
  // *.localhost resolves to loopback, so the node must listen there.
  if (!local || (!local.address.startsWith('127.') && local.address !== '0.0.0.0')) return undefined
  return `http://${localHost}${local.http === 80 ? '' : `:${local.http}`}${path}`
}

/** The login of a page and the command that shows the password. A forwarded port bypasses the ingress' login. */
export function loginOf(
  { login }: Page,
  { components }: Pick<Settings, 'components'>,
  forwarded: boolean,
):
  | { readonly secret: string; readonly namespace: string; readonly user: string; readonly command: string }
  | undefined {
  if (!login || (login.disabledBy && (forwarded || components[login.disabledBy] === '0'))) return undefined
  const { secret, namespace, user, password } = login
  const path = `{.data.${password.replaceAll('.', '\\.')}}`
  const command = `pnpm -s kubectl get secret --namespace ${namespace} ${secret} -o jsonpath="${path}" | base64 --decode; echo`
  return { secret, namespace, user, command }
}

/** Formats the document as text. */
export function formatOpen({ url, user, password, forwarded, notes }: OpenDocument): string {
  return [
    url,
    user && `user: ${user}`,
    password && `password: ${password}`,
    ...(notes ?? []),
    forwarded && 'forwarded to this machine until Ctrl-C',
    '',
  ]
    .filter((line) => line !== undefined && line !== false)
    .join('\n')
}
