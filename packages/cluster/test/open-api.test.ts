import { createServer, request as requestHttp, type Server } from 'node:http'
import { PlatformError } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ApiError } from '../src/kubernetes/api.ts'
import { apiOver, withQuery } from '../src/kubernetes/open-api.ts'
import { readCertificate, type Transport } from '../src/kubernetes/transport.ts'

const test = suite('the door to the API server')

interface Seen {
  readonly method: string
  readonly url: string
  readonly type: string | undefined
  readonly body: string
}

const groups = (group: string, version: string, resources: object[]) => ({
  items: [{ metadata: { name: group }, versions: [{ version, resources }] }],
})
const resource = (name: string, kind: string, scope = 'Namespaced') => ({
  ...{ resource: name, responseKind: { kind }, scope },
  verbs: ['get', 'list'],
})
const discovery: Readonly<Record<string, object>> = {
  '/api': groups('', 'v1', [resource('pods', 'Pod'), resource('nodes', 'Node', 'Cluster')]),
  '/apis': {
    items: [
      {
        metadata: { name: 'apps' },
        versions: [
          { version: 'v1', resources: [resource('deployments', 'Deployment')] },
          { version: 'v1beta1', resources: [resource('deployments', 'Deployment')] },
        ],
      },
    ],
  },
}

let server: Server
const seen: Seen[] = []
let answers: ((seen: Seen) => { status?: number; body: string; end?: boolean } | undefined)[] = []

const api = () => {
  const { port } = server.address() as { port: number }
  const transport: Transport = {
    request: (options) => requestHttp({ ...options, host: '127.0.0.1', port }),
    close: () => {},
  }
  return apiOver(transport)
}

test.before(async () => {
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const each = { method, url, type: headers['content-type'], body }
      seen.push(each)
      const known = discovery[url]
      const answer = known ? { body: JSON.stringify(known) } : (answers.shift()?.(each) ?? { status: 404, body: '{}' })
      response.writeHead(answer.status ?? 200)
      response.write(answer.body)
      if (!('end' in answer) || answer.end !== false) response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
test.before.each(() => {
  seen.length = 0
  answers = []
})
test.after(() => {
  server.closeAllConnections()
  server.close()
})

test('paths by discovery, asked for once', async () => {
  const one = api()
  const path = (apiVersion: string, kind: string, namespace?: string) =>
    one.pathOf({ apiVersion, kind, metadata: { name: 'x', namespace } })
  assert.is(await path('v1', 'Pod', 'a'), '/api/v1/namespaces/a/pods/x')
  assert.is(await path('v1', 'Pod'), '/api/v1/namespaces/default/pods/x')
  assert.is(await path('v1', 'Node', 'a'), '/api/v1/nodes/x')
  assert.is(await path('apps/v1beta1', 'Deployment', 'a'), '/apis/apps/v1beta1/namespaces/a/deployments/x')
  assert.is(await one.collectionOf({ apiVersion: 'apps/v1', kind: 'Deployment' }), '/apis/apps/v1/deployments')
  assert.is(seen.length, 2)
  assert.equal(
    (await one.resources()).map(({ apiVersion, kind }) => `${apiVersion} ${kind}`),
    ['v1 Pod', 'v1 Node', 'apps/v1 Deployment'],
  )
})
test('a kind that is not served is looked for once more, then NotFound', async () => {
  const error = await api()
    .pathOf({ apiVersion: 'v9', kind: 'Odd', metadata: { name: 'x' } })
    .catch((thrown: unknown) => thrown)
  assert.instance(error, ApiError)
  assert.is((error as ApiError).status, 404)
  assert.is(seen.length, 4)
})
test('what the API server refuses is told in its own words', async () => {
  const said = JSON.stringify({ message: 'pods "x" is forbidden', reason: 'Forbidden' })
  answers = [
    () => ({ status: 403, body: said }),
    () => ({ status: 403, body: said }),
    () => ({ status: 502, body: '<html>' }),
  ]
  const error = (await api()
    .get('/api/v1/x')
    .catch((thrown: unknown) => thrown)) as ApiError
  assert.equal([error.status, error.reason, error.message], [403, 'Forbidden', 'GET /api/v1/x: pods "x" is forbidden'])
  assert.instance(
    await api()
      .find('/api/v1/x')
      .catch((thrown: unknown) => thrown),
    ApiError,
  )
  assert.match(
    String(
      await api()
        .get('/api/v1/x')
        .catch((thrown: unknown) => thrown),
    ),
    /502 <html>/,
  )
})
test('what is not there: undefined, and no error for delete', async () => {
  assert.is(await api().find('/api/v1/x'), undefined)
  await api().delete('/api/v1/x')
  assert.is(seen.at(-1)?.method, 'DELETE')
})
test('a list that is null is empty', async () => {
  answers = [() => ({ body: '{"items":null}' })]
  assert.equal(await api().list('/api/v1/pods', { labels: 'a=b', fields: 'c=d' }), [])
  assert.is(seen[0]?.url, '/api/v1/pods?labelSelector=a%3Db&fieldSelector=c%3Dd')
})
test('apply and patch say how, and as whom', async () => {
  answers = [() => ({ body: '{}' }), () => ({ body: '{}' }), () => ({ body: '{}' })]
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x', namespace: 'a' } }
  await api().apply(object, { manager: 'me', force: true })
  await api().patch('/api/v1/x', [], 'json')
  await api().create(object)
  assert.equal(
    seen.filter(({ url }) => !(url in discovery)).map(({ method, url, type }) => `${method} ${url} ${type}`),
    [
      'PATCH /api/v1/namespaces/a/pods/x?fieldManager=me&force=true application/apply-patch+yaml',
      'PATCH /api/v1/x application/json-patch+json',
      'POST /api/v1/namespaces/a/pods application/json',
    ],
  )
})
test('a watch goes on after it was ended, survives a restarting server, and ends with its signal', async () => {
  const event = (name: string) => `${JSON.stringify({ type: 'ADDED', object: { metadata: { name } } })}\n`
  answers = [
    () => ({ body: `${event('ä')}${event('b')}` }),
    () => ({ status: 503, body: 'starting' }),
    () => ({ body: event('c'), end: false }),
  ]
  const stop = new AbortController()
  const names: string[] = []
  for await (const { object } of api().watch('/api/v1/pods', stop.signal)) {
    names.push(object.metadata.name)
    if (object.metadata.name === 'c') stop.abort()
  }
  assert.equal(names, ['ä', 'b', 'c'])
})
test('a watch that is refused throws', async () => {
  answers = [() => ({ status: 403, body: '{"message":"no"}' })]
  const watching = async () => {
    for await (const _ of api().watch('/api/v1/pods', new AbortController().signal)) break
  }
  assert.instance(await watching().catch((thrown: unknown) => thrown), ApiError)
})
test('no answer at all is an error that a user can fix', async () => {
  const transport: Transport = {
    request: (options) => requestHttp({ ...options, host: '127.0.0.1', port: 1 }),
    close() {},
  }
  const error = (await apiOver(transport)
    .get('/api')
    .catch((thrown: unknown) => thrown)) as PlatformError
  assert.instance(error, PlatformError)
  assert.is(error.code, 'API_UNREACHABLE')
})
test('an aborted question throws the reason', async () => {
  const reason = new Error('time is over')
  const stop = new AbortController()
  answers = [() => ({ body: '', end: false })]
  const asked = api().request('/api/v1/slow', { signal: stop.signal })
  stop.abort(reason)
  assert.is(await asked.catch((thrown: unknown) => thrown), reason)
})
test('a kubeconfig without a certificate is told by the field', () => {
  const text = [
    'server: https://1.2.3.4:6443',
    'certificate-authority-data: YQ==',
    'client-certificate-data: Yg==',
  ].join('\n')
  assert.is(readCertificate(`${text}\nclient-key-data: "Yw=="`, 'f').key.toString(), 'c')
  assert.throws(() => readCertificate(text, 'f'), /f has no client-key-data/)
})
test('a query is added to what is there', () => {
  assert.is(withQuery('/a?b=c', { d: 'e f', g: undefined }), '/a?b=c&d=e%20f')
  assert.is(withQuery('/a', {}), '/a')
})
test.run()
