import { isMap, isScalar, isSeq, parseAllDocuments, visit } from 'yaml'

const redacted = 'redacted'
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** Redacts environment values of an object, and removes the last-applied annotation, which repeats them. */
export function redactEnvironment(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redactEnvironment)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) => {
      if (key === lastApplied) return []
      return [[key, key === 'env' && Array.isArray(each) ? each.map(withoutValue) : redactEnvironment(each)]]
    }),
  )
}

function withoutValue(variable: unknown): unknown {
  if (typeof variable !== 'object' || variable === null || !('value' in variable)) return variable
  return { ...variable, value: redacted }
}

/** Redacts the Secrets and environment values of a manifest: a replaced chart may render passwords into both. */
export function redactManifest(manifest: string): string {
  return parseAllDocuments(manifest)
    .map((document) => {
      if (document.get('kind') === 'Secret') {
        for (const key of ['data', 'stringData']) if (document.has(key)) document.set(key, redacted)
      }
      visit(document, {
        Pair(_, { key, value }) {
          const name = isScalar(key) ? key.value : key
          if (name === lastApplied) return visit.REMOVE
          if (name !== 'env' || !isSeq(value)) return undefined
          for (const item of value.items) if (isMap(item) && item.has('value')) item.set('value', redacted)
          return undefined
        },
      })
      return document.toString()
    })
    .join('---\n')
}
