import { isMap, isScalar, isSeq, parseAllDocuments, visit } from 'yaml'

const leftOut = 'left out'
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** An object as evidence may hold it: without what is written into its environment, and without the copy of all that. */
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
  return { ...variable, value: leftOut }
}

/** A manifest as evidence may hold it. A chart that is not ours may render Secrets, and passwords into environments. */
export function redactManifest(manifest: string): string {
  return parseAllDocuments(manifest)
    .map((document) => {
      if (document.get('kind') === 'Secret') {
        for (const key of ['data', 'stringData']) if (document.has(key)) document.set(key, leftOut)
      }
      visit(document, {
        Pair(_, { key, value }) {
          const name = isScalar(key) ? key.value : key
          if (name === lastApplied) return visit.REMOVE
          if (name !== 'env' || !isSeq(value)) return undefined
          for (const item of value.items) if (isMap(item) && item.has('value')) item.set('value', leftOut)
          return undefined
        },
      })
      return document.toString()
    })
    .join('---\n')
}
