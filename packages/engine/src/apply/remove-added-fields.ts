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
 * Removes fields that people added to the release's objects. Helm's server-side apply only resets fields that the chart
 * sets.
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
  await step(context.emit, 'remove fields that were added by hand', async (progress) => {
    for (const { path, wanted, fields } of work) {
      const what = fields.map((field) => `${field.path.join('.')} (${field.manager})`).join(', ')
      progress(`${wanted.kind} ${wanted.metadata.name}: ${what}`)
      await removeFields(api, path, wanted)
    }
  })
}

/** Reads the object again right before each patch: a JSON pointer into a list is valid for that version only. */
async function removeFields(api: Api, path: string, wanted: unknown): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const live = await api.find<LiveObject & { metadata: { resourceVersion?: string } }>(path)
    const fields = live ? addedFields(wanted, live) : []
    if (!live || !fields.length) return
    const same = { op: 'test', path: '/metadata/resourceVersion', value: live.metadata.resourceVersion }
    // From the end of each list, so that a removal does not move the entries that follow.
    const removals = [...fields.map(({ pointer }) => pointer), ...entriesOfPeople(live)]
      .map((pointer) => ({ op: 'remove', path: pointer }))
      .sort(fromTheEnd)
    try {
      // With our field manager: defaults that the API server fills in again must not count as a person's.
      await api.patch(`${path}?fieldManager=${fieldManager}`, [same, ...removals], 'json')
      return
    } catch (error) {
      // Another write came first, mostly a controller's status.
      if (!(error instanceof ApiError) || ![409, 422, 500].includes(error.status) || attempt === 4) throw error
    }
  }
}

/** Also their managedFields entries: otherwise a default with the same value would still count as theirs. */
function entriesOfPeople({ metadata: { managedFields = [] } }: LiveObject): string[] {
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
