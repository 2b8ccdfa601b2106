#!/usr/bin/env node
// Lets the volumes of a chart that is not ours outlive its release: each PersistentVolumeClaim of what it renders gets
// Helm's annotation "keep". Everything else goes through as it came.
const { isMap, parseAllDocuments } = require('yaml')

const claims = /^\s*"?kind"?\s*:\s*["']?PersistentVolumeClaim["']?\s*,?\s*$/m
const annotation = 'helm.sh/resource-policy'

const chunks = []
process.stdin.on('data', (chunk) => chunks.push(chunk))
process.stdin.on('end', () => {
  const manifest = Buffer.concat(chunks).toString('utf8')
  const documents = manifest.split(/^---[ \t]*$/m)
  process.stdout.write(documents.map((text) => (claims.test(text) ? keep(text) : text)).join('---'))
})

function keep(text) {
  const [document] = parseAllDocuments(text)
  if (document?.errors?.length) throw document.errors[0]
  if (document?.get('kind') !== 'PersistentVolumeClaim') return text
  // `annotations:` with nothing under it is a null, and no map to set anything in
  if (!isMap(document.getIn(['metadata', 'annotations'])))
    document.setIn(['metadata', 'annotations'], document.createNode({}))
  document.setIn(['metadata', 'annotations', annotation], 'keep')
  return `\n${document.toString()}`
}
