import type { Manifest } from '@platform/cluster'
import { parseAllDocuments, type Tags } from 'yaml'

/**
 * Reads what Helm rendered as Helm reads it: Go's YAML is 1.1 (0755 is octal, `yes` is true), but it knows neither dates
 * nor minutes and seconds.
 */
export function parseManifest(text: string): Manifest[] {
  const documents = parseAllDocuments(text, { version: '1.1', customTags: withoutTimes, prettyErrors: false })
  if (!Array.isArray(documents)) return []
  return documents.flatMap((document) => {
    if (document.errors[0]) throw document.errors[0]
    const object: unknown = document.toJS()
    if (typeof object !== 'object' || object === null) return []
    const { kind, items } = object as { kind?: string; items?: readonly Manifest[] }
    if (kind === 'List' && items) return [...items]
    return typeof kind === 'string' ? [object as Manifest] : []
  })
}

function withoutTimes(tags: Tags): Tags {
  return tags.filter(
    (tag) =>
      typeof tag === 'string' ||
      !(('format' in tag && tag.format === 'TIME') || tag.tag === 'tag:yaml.org,2002:timestamp'),
  )
}
