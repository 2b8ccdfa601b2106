import type { Access } from '@platform/cluster'
import { type Settings, usageError } from '@platform/core'
import type { OpenDocument } from '@platform/core/documents'
import type { Component, Page } from '../component/component.ts'

/** @throws PlatformError exit code 2: PAGE_NOT_FOUND, or UNKNOWN_PAGE that says which there are */
export function choosePage({ name, pages = [] }: Component, wanted: string | undefined): Page {
  const [first] = pages
  if (!first) throw usageError('PAGE_NOT_FOUND', `${name} has no page to open`, 'pnpm status')
  if (wanted === undefined) return first
  const page = pages.find((each) => each.name === wanted)
  if (page) return page
  const there = pages.map((each) => each.name).join(', ')
  throw usageError(
    'UNKNOWN_PAGE',
    `${name} has no page ${wanted}; there are: ${there}`,
    `pnpm open ${name} ${first.name}`,
  )
}

/** Where a page answers on this machine without a forwarded port: by its own host, at the embedded node's ingress. */
export function localUrl({ localHost, path = '/' }: Page, local: Access['local']): string | undefined {
  // *.localhost is loopback: it leads nowhere when the node listens on another address alone.
  if (!local || (!local.address.startsWith('127.') && local.address !== '0.0.0.0')) return undefined
  return `http://${localHost}${local.http === 80 ? '' : `:${local.http}`}${path}`
}

/** Who may log in, and how the password is shown. A login of the ingress is none on a forwarded port. */
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

/** What a person reads. */
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
