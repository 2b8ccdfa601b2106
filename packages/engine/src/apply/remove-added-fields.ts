import { type Api, ApiError } from '@platform/cluster'
import { step, type UnitContext } from '@platform/core'
import type { Component } from '../component/component.ts'
import { fieldManager } from '../component/names.ts'
import { addedFields, isPerson } from '../diff/managed-fields.ts'
import type { LiveObject } from '../diff/types.ts'
import { readHistory, readRecord } from '../release/history.ts'
import { releaseObjects } from '../release/objects.ts'
import type { Session } from '../session/session.ts'

/**
 * Takes away what people have added by hand to the release's objects. Helm's apply takes back the fields that the chart
 * sets; what it does not set it leaves.
 */
export async function removeAddedFields({
  component,
  session: { api },
  context,
}: {
  readonly component: Component
  readonly session: Session
  readonly context: UnitContext
}): Promise<void> {
  const { newest } = await readHistory(api, component)
  const record = newest && (await readRecord(api, component.namespace, newest))
  if (!record) return
  const objects = await releaseObjects(api, record.manifest, component.namespace)
  const found = await Promise.all(
    objects.map(async (wanted) => {
      const path = await pathOf(api, wanted as LiveObject)
      const live = path && (await api.find<LiveObject>(path))
      const fields = live ? addedFields(wanted, live) : []
      return path && fields.length ? [{ path, wanted, fields }] : []
    }),
  )
  const work = found.flat()
  if (!work.length) return
  await step(context.emit, 'take back what was added by hand', async (progress) => {
    for (const { path, wanted, fields } of work) {
      const what = fields.map((field) => `${field.path.join('.')} (${field.manager})`).join(', ')
      progress(`${wanted.kind} ${wanted.metadata.name}: ${what}`)
      await removeFields(api, path, wanted)
    }
  })
}

/** Looks again right before it writes: a pointer into a list is only good for the list that it was made of. */
async function removeFields(api: Api, path: string, wanted: unknown): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const live = await api.find<LiveObject & { metadata: { resourceVersion?: string } }>(path)
    const fields = live ? addedFields(wanted, live) : []
    if (!live || !fields.length) return
    const same = { op: 'test', path: '/metadata/resourceVersion', value: live.metadata.resourceVersion }
    // From the end of each list, so that what is removed first moves nothing that comes after.
    const removals = [...fields.map(({ pointer }) => pointer), ...peoplesEntries(live)]
      .map((pointer) => ({ op: 'remove', path: pointer }))
      .sort(fromTheEnd)
    try {
      // Under our name: what the API server fills in again must not be called someone's own.
      await api.patch(`${path}?fieldManager=${fieldManager}`, [same, ...removals], 'json')
      return
    } catch (error) {
      // Somebody wrote in between: a controller its status, mostly.
      if (!(error instanceof ApiError) || ![409, 422, 500].includes(error.status) || attempt === 4) throw error
    }
  }
}

/** Their claims go as well: a default in the place of a field that had the same value would go on being theirs. */
function peoplesEntries({ metadata: { managedFields = [] } }: LiveObject): string[] {
  return managedFields.flatMap((entry, i) => (isPerson(entry) ? [`/metadata/managedFields/${i}`] : []))
}

function fromTheEnd(a: { readonly path: string }, b: { readonly path: string }): number {
  return b.path.localeCompare(a.path, 'en', { numeric: true })
}

async function pathOf(api: Api, { apiVersion = '', kind = '', metadata }: LiveObject): Promise<string | undefined> {
  try {
    return await api.pathOf({ apiVersion, kind, metadata })
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined
    throw error
  }
}
