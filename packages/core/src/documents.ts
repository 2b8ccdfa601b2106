import { z } from 'zod'

/**
 * The schemas of the documents that `--json` prints. docs/schemas has them as JSON Schema. Only tests and
 * scripts/schemas.ts load this file; other code imports only its types, because zod takes a quarter of a second to load.
 */

const error = z.object({
  code: z.string().describe('a stable name in SCREAMING_SNAKE_CASE; BUG for an error of the platform itself'),
  message: z.string(),
  hint: z.string().optional().describe('a command or setting that fixes it'),
  stack: z.string().optional().describe('only of a bug'),
})

const target = z.object({
  kind: z.enum(['embedded', 'context']),
  cluster: z.string().describe('CLUSTER_NAME'),
  context: z.string().optional().describe('KUBE_CONTEXT'),
})

const step = z.object({
  action: z.enum(['build', 'create', 'start', 'update', 'stop', 'delete']),
  subject: z.string(),
  detail: z.string().optional(),
  commands: z.array(z.array(z.string())).optional(),
})

const check = z.object({
  id: z.string().optional().describe("of a component's check: unique in it"),
  name: z.string(),
  outcome: z
    .enum(['passed', 'failed', 'skipped'])
    .describe('skipped: the check cannot run here, for the reason in message; this is not a failure'),
  ms: z.number().describe('milliseconds'),
  message: z.string().optional(),
  hint: z.string().optional(),
})

const head = {
  runId: z.string(),
  target,
  exitCode: z.number().int().describe('of the command'),
}

/** Of a unit. `unchanged`: nothing to do. `skipped`: a dependency failed. `missing`: its process wrote no result. */
const outcome = z.enum(['done', 'unchanged', 'failed', 'interrupted', 'skipped', 'missing'])

const planned = z.object({ name: z.string(), state: z.string().describe('the current state'), steps: z.array(step) })

const planDocument = z.object({
  verb: z.literal('plan'),
  of: z.enum(['up', 'down']).describe('the command that this is the plan of'),
  ...head,
  changes: z.number().int().describe('number of steps in all units'),
  units: z.array(planned),
})

const runDocument = z.object({
  verb: z.enum(['up', 'down']),
  ...head,
  ok: z.boolean(),
  runDirectory: z.string().optional().describe('where the events and logs of the run are; absent: nothing ran'),
  units: z.array(
    z.object({
      name: z.string(),
      outcome,
      ms: z.number().optional().describe('milliseconds'),
      summary: z.string(),
      data: z.record(z.string(), z.unknown()).optional(),
      error: error.optional(),
    }),
  ),
  error: error.optional().describe('the JUnit report could not be written'),
})

const verifyDocument = z.object({
  verb: z.literal('verify'),
  ...head,
  ok: z.boolean(),
  passed: z.number().int(),
  failed: z.number().int(),
  skipped: z.number().int().describe('checks that cannot run here; not failures'),
  runDirectory: z.string(),
  units: z.array(z.object({ name: z.string(), outcome, checks: z.array(check), error: error.optional() })),
  error: error.optional().describe('no check could run, or the JUnit report could not be written'),
})

const drillDocument = z.object({
  verb: z.literal('drill'),
  ...head,
  ok: z.boolean(),
  drills: z.array(
    z.object({
      component: z.string(),
      id: z.string(),
      name: z.string().describe('what the drill breaks or restarts'),
      kind: z.enum(['mutation', 'restart', 'fault']),
      outcome: z.enum(['passed', 'failed', 'skipped']),
      ms: z.number().describe('milliseconds in all'),
      expected: z
        .string()
        .optional()
        .describe('the id of the check that must catch it first; of a fault: the alert that must fire'),
      caughtBy: z.string().optional().describe('the id of the check that caught it first, or the alert that fired'),
      detectedMs: z
        .number()
        .optional()
        .describe('milliseconds from the mutation until a check failed, or from the fault until the alert fired'),
      recoveredMs: z
        .number()
        .optional()
        .describe(
          'milliseconds from the start of `up` until all checks passed again; of a fault: until the alert resolved',
        ),
      skipReason: z
        .enum(['time', 'sample'])
        .optional()
        .describe('why a drill did not run: no time left, or not in the sample'),
      message: z.string().optional(),
    }),
  ),
  seed: z.string().optional().describe('seed of the sample, and of the order when time runs short'),
  checksWithoutDrill: z
    .array(z.object({ component: z.string(), check: z.string() }))
    .describe('checks that no mutation expects: nothing shows that they can fail'),
  problems: z.array(z.object({ component: z.string(), message: z.string() })).describe('why drills did not start'),
  error: error.optional().describe('no drill ran, or the JUnit report could not be written'),
})

const fidelity = z.enum(['upstream', 'archive', 'rebuilt', 'stand-in', 'mirror', 'unknown'])

const statusDocument = z.object({
  verb: z.literal('status'),
  target,
  cluster: z.object({ state: z.string(), running: z.boolean() }),
  components: z.array(
    z.object({
      name: z.string(),
      release: z.string(),
      namespace: z.string(),
      status: z.string().describe("Helm's status of the newest revision, or absent"),
      revision: z.number().int().optional(),
      chart: z.string().optional().describe('name-version of the chart'),
      version: z.string().optional().describe('appVersion of the chart'),
      health: z.enum(['ready', 'not ready', 'absent', 'unknown']),
      problems: z.array(z.string()).describe('what is not ready, as Kubernetes reports it'),
      addresses: z.array(z.string()),
      images: z.array(
        z.object({
          container: z.string(),
          image: z.string(),
          imageID: z.string(),
          fidelity: fidelity.describe("read from the running pods' imageID"),
          note: z.string().optional().describe('how the image differs from upstream'),
        }),
      ),
    }),
  ),
})

const openDocument = z.object({
  verb: z.literal('open'),
  component: z.string(),
  page: z.string(),
  url: z.string(),
  forwarded: z.boolean().describe('true: through a port-forward, as long as the command runs'),
  user: z.string().optional(),
  password: z.string().optional().describe('the command that shows it'),
  notes: z.array(z.string()).optional().describe('how the images that serve it differ from upstream'),
})

const packageDocument = z.object({
  verb: z.literal('package'),
  folder: z.string().describe('absolute'),
  files: z.array(z.string()).describe('by name, below the folder'),
})

const shellDocument = z.object({
  verb: z.literal('shell'),
  cluster: z.string(),
  kubeconfig: z.string(),
  kubectl: z.string(),
  helm: z.string().optional(),
})

const smokeDocument = z.object({
  verb: z.literal('smoke'),
  cluster: z.string(),
  ok: z.boolean(),
  exitCode: head.exitCode,
  passed: z.number().int(),
  failed: z.number().int(),
  skipped: z.number().int().describe('drills that did not fit the time'),
  steps: z.array(
    z.object({
      name: z.string(),
      command: z.string(),
      outcome: z.enum(['passed', 'failed', 'skipped']),
      exitCode: z.number().int().optional(),
      ms: z.number(),
      skippedDrills: z.number().int().optional().describe('drills that did not fit the time'),
      message: z.string().optional(),
    }),
  ),
})

const resources = z.object({
  cpu: z.number().optional().describe('cores'),
  memory: z.number().optional().describe('bytes'),
})

const sourceValue = z.object({
  source: z.string(),
  value: z.number().optional().describe('absent: the source has none'),
})

const limitsDocument = z.object({
  verb: z.literal('limits'),
  target,
  exitCode: head.exitCode,
  ok: z.boolean().describe('the API server and Prometheus report the same values for every container'),
  rows: z
    .array(
      z.object({
        namespace: z.string(),
        pod: z.string(),
        container: z.string(),
        managed: z.boolean().describe('part of the platform, by its label'),
        requests: resources,
        limits: resources,
        usage: resources.describe('now'),
        peak: z.number().optional().describe('highest working set that Prometheus still has, in bytes'),
        memoryUtilization: z.number().optional().describe('peak ÷ memory limit, 0 to 1'),
        peakCpu: z.number().optional().describe('highest five-minute average, in cores'),
        cpuUtilization: z.number().optional().describe('peakCpu ÷ CPU limit, 0 to 1'),
        throttled: z.number().optional().describe('ratio of throttled CPU periods, 0 to 1'),
        oomKills: z.number().int(),
        restarts: z.number().int(),
        state: z.enum(['match', 'mismatch', 'pending']),
        mismatches: z.array(
          z.object({
            field: z.string(),
            unit: z.enum(['bytes', 'cores', 'count']),
            values: z.tuple([sourceValue, sourceValue]),
          }),
        ),
        notes: z.array(z.string()).describe('no limits, close to a limit, or throttled'),
      }),
    )
    .describe('running containers, by memoryUtilization'),
  stale: z
    .array(z.string())
    .describe('namespace/pod/container that Prometheus reports and the API server does not have'),
  problems: z.array(z.string()).describe('each mismatch as a sentence'),
  notes: z.array(z.string()).describe('remarks that are not mismatches, as sentences'),
})

const dashboardsDocument = z.object({
  verb: z.literal('dashboards'),
  target,
  exitCode: head.exitCode,
  ok: z.boolean().describe('all files can be used, and every panel has data'),
  files: z.array(
    z.object({
      file: z.string(),
      title: z.string().optional(),
      problems: z.array(z.string()).describe('what cannot be used, with its place in the file'),
      panels: z.array(
        z.object({
          title: z.string(),
          type: z.string(),
          row: z.string().optional(),
          state: z.enum(['data', 'no data', 'query error', 'not queried']).describe('the worst of its queries'),
          queries: z.array(
            z.object({
              refId: z.string(),
              expr: z.string().describe('as sent, with variables replaced'),
              state: z.enum(['data', 'no data', 'query error']),
              cause: z.string().optional().describe('the likely reason why it has no data'),
              suggestion: z.string().optional().describe('a query that was tried instead and has data'),
            }),
          ),
        }),
      ),
      variables: z.array(z.string()).describe('variables without values, with the reason'),
    }),
  ),
})

const need = z.object({
  id: z.string(),
  title: z.string().describe('what is needed'),
  status: z.enum(['ok', 'failed', 'warning']),
  detail: z.string().describe('what was found'),
  fix: z.string().optional().describe('a command that fixes it'),
})

const preflightDocument = z.object({
  verb: z.literal('preflight'),
  target: target.shape.kind,
  ok: z.boolean().describe('no need failed; warnings do not count'),
  needs: z.array(need),
})

const bindDocument = z.object({
  verb: z.literal('bind'),
  context: z.string(),
  server: z.string().describe('URL without user and password'),
  uid: z.string().describe('UID of the namespace kube-system'),
  file: z.string().describe('the env file, absolute'),
  written: z.boolean().describe('the env file now names the cluster'),
})

const errorDocument = z.object({ error, exitCode: z.number().int() })

export type PlanDocument = z.infer<typeof planDocument>
export type RunDocument = z.infer<typeof runDocument>
export type VerifyDocument = z.infer<typeof verifyDocument>
export type DrillDocument = z.infer<typeof drillDocument>
export type StatusDocument = z.infer<typeof statusDocument>
export type OpenDocument = z.infer<typeof openDocument>
export type PackageDocument = z.infer<typeof packageDocument>
export type ShellDocument = z.infer<typeof shellDocument>
export type SmokeDocument = z.infer<typeof smokeDocument>
export type DashboardsDocument = z.infer<typeof dashboardsDocument>
export type LimitsDocument = z.infer<typeof limitsDocument>
export type PreflightDocument = z.infer<typeof preflightDocument>
export type BindDocument = z.infer<typeof bindDocument>
export type Outcome = z.infer<typeof outcome>

/** By the name of the published file. */
export const documents = {
  plan: planDocument,
  run: runDocument,
  verify: verifyDocument,
  drill: drillDocument,
  status: statusDocument,
  open: openDocument,
  package: packageDocument,
  shell: shellDocument,
  smoke: smokeDocument,
  limits: limitsDocument,
  dashboards: dashboardsDocument,
  preflight: preflightDocument,
  bind: bindDocument,
  error: errorDocument,
} as const

/** Incremented with every breaking change of a document. CHANGELOG.md lists the changes. */
export const schemaVersion = 2

/** The JSON Schema of a document, as published. Its `$id` ends with the version. */
export function publishedSchema(name: keyof typeof documents): string {
  const { $schema, ...schema } = z.toJSONSchema(documents[name])
  const $id = `urn:observable-platform:schema:${name}:${schemaVersion}`
  return `${JSON.stringify({ $schema, $id, ...schema }, null, 2)}\n`
}
