import { z } from 'zod'

/**
 * The documents that `--json` prints, one schema each; docs/schemas has them as JSON Schema. Only tests and
 * scripts/schemas.ts load this file, everything else takes its types: zod takes a quarter of a second to load.
 */
const error = z.object({
  code: z.string().describe('a stable name in SCREAMING_SNAKE_CASE; BUG for what is ours to mend'),
  message: z.string(),
  hint: z.string().optional().describe('a command or setting that mends it'),
  stack: z.string().optional().describe('of a bug only'),
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
  ok: z.boolean().describe('it was asked, and holds'),
  skipped: z
    .literal(true)
    .optional()
    .describe('it could not be asked here, for the reason in message; ok is false then, and it is no failure'),
  ms: z.number().describe('milliseconds'),
  message: z.string().optional(),
  hint: z.string().optional(),
})

const head = {
  runId: z.string(),
  target,
  exitCode: z.number().int().describe('what the command ends with'),
}

/** How a unit came out: `unchanged` had nothing to do, `skipped` waits for one that failed, `missing` left no result. */
const outcome = z.enum(['done', 'unchanged', 'failed', 'interrupted', 'skipped', 'missing'])

const planned = z.object({ name: z.string(), state: z.string().describe('what is there now'), steps: z.array(step) })

const planDocument = z.object({
  verb: z.literal('plan'),
  of: z.enum(['up', 'down']).describe('whose plan it is'),
  ...head,
  changes: z.number().int().describe('how many steps there are in all'),
  units: z.array(planned),
})

const runDocument = z.object({
  verb: z.enum(['up', 'down']),
  ...head,
  ok: z.boolean(),
  runDirectory: z.string().optional().describe('where the events and logs of the run are; nothing ran without it'),
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
  skipped: z.number().int().describe('could not be asked here: neither well nor a failure'),
  runDirectory: z.string(),
  units: z.array(z.object({ name: z.string(), outcome, checks: z.array(check), error: error.optional() })),
  error: error.optional().describe('no check could be asked, or the JUnit report could not be written'),
})

const drillDocument = z.object({
  verb: z.literal('drill'),
  ...head,
  ok: z.boolean(),
  drills: z.array(
    z.object({
      component: z.string(),
      id: z.string(),
      name: z.string().describe('what was broken, or disturbed'),
      kind: z.enum(['mutation', 'restart', 'fault']),
      outcome: z.enum(['ok', 'failed', 'skipped']),
      ms: z.number().describe('milliseconds, all of it'),
      expected: z
        .string()
        .optional()
        .describe('the id of the check that must catch it first; of a fault: the alert that must fire'),
      caughtBy: z.string().optional().describe('the id of the check that caught it first, or the alert that fired'),
      seenMs: z.number().optional().describe('milliseconds from the damage until a check failed, or the alert fired'),
      mendedMs: z
        .number()
        .optional()
        .describe('milliseconds from the start of `up` until all checks held again; of a fault: until it resolved'),
      skippedFor: z
        .enum(['time', 'sample'])
        .optional()
        .describe('why a drill was left out that could have been made: no time left, or not in the sample'),
      message: z.string().optional(),
    }),
  ),
  seed: z.string().optional().describe('what decides a sample, and the order when time runs short'),
  uncaught: z
    .array(z.object({ component: z.string(), check: z.string() }))
    .describe('checks that no mutation names: nothing shows that they can fail'),
  problems: z.array(z.object({ component: z.string(), message: z.string() })).describe('why drills were not begun'),
  error: error.optional().describe('nothing was drilled, or the JUnit report could not be written'),
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
      status: z.string().describe("Helm's word for the newest revision, or absent"),
      revision: z.number().int().optional(),
      chart: z.string().optional().describe('name-version of the chart'),
      version: z.string().optional().describe('of the software, as its chart says'),
      health: z.enum(['ready', 'not ready', 'absent', 'unknown']),
      trouble: z.array(z.string()).describe('what is not ready, in its own words'),
      addresses: z.array(z.string()),
      images: z.array(
        z.object({
          container: z.string(),
          image: z.string(),
          imageID: z.string(),
          fidelity: fidelity.describe("read from the running pods' imageID"),
          says: z.string().optional().describe("what is other than upstream's"),
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
  forwarded: z.boolean().describe('the URL answers as long as the command runs'),
  user: z.string().optional(),
  password: z.string().optional().describe('the command that shows it'),
  notes: z.array(z.string()).optional().describe("what is other than upstream's about what serves it"),
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
  skipped: z.number().int().describe('drills for which there was no time'),
  steps: z.array(
    z.object({
      name: z.string(),
      command: z.string(),
      outcome: z.enum(['ok', 'failed', 'skipped']),
      exitCode: z.number().int().optional(),
      ms: z.number(),
      leftOut: z.number().int().optional().describe('drills for which there was no time'),
      message: z.string().optional(),
    }),
  ),
})

const resources = z.object({
  cpu: z.number().optional().describe('cores'),
  memory: z.number().optional().describe('bytes'),
})

const saidValue = z.object({ source: z.string(), value: z.number().optional().describe('absent: it says nothing') })

const limitsDocument = z.object({
  verb: z.literal('limits'),
  target,
  exitCode: head.exitCode,
  ok: z.boolean().describe('the API server and Prometheus agree about every container'),
  rows: z
    .array(
      z.object({
        namespace: z.string(),
        pod: z.string(),
        container: z.string(),
        ours: z.boolean().describe('a part of the platform, by its label'),
        requests: resources,
        limits: resources,
        use: resources.describe('now'),
        peak: z.number().optional().describe('bytes of the working set, as far as Prometheus remembers'),
        ofLimit: z.number().optional().describe('the peak as a part of the memory limit, 0 to 1'),
        peakCpu: z.number().optional().describe('cores, the highest average of five minutes'),
        ofCpuLimit: z.number().optional().describe('that as a part of the CPU limit, 0 to 1'),
        throttled: z.number().optional().describe('the part of periods in which it was held back, 0 to 1'),
        oomKills: z.number().int(),
        restarts: z.number().int(),
        state: z.enum(['agrees', 'disagrees', 'not seen yet']),
        disagreements: z.array(
          z.object({
            what: z.string(),
            unit: z.enum(['bytes', 'cores', 'count']),
            said: z.tuple([saidValue, saidValue]),
          }),
        ),
        notes: z.array(z.string()).describe('no limits, near them, or held back by them'),
      }),
    )
    .describe('running containers, by ofLimit'),
  gone: z.array(z.string()).describe('namespace/pod/container that Prometheus tells of and the API server lacks'),
  problems: z.array(z.string()).describe('everything that disagrees, in words'),
  notes: z.array(z.string()).describe('what to know that is no disagreement, in words'),
})

const dashboardsDocument = z.object({
  verb: z.literal('dashboards'),
  target,
  exitCode: head.exitCode,
  ok: z.boolean().describe('all files can be used, and every panel shows data'),
  files: z.array(
    z.object({
      file: z.string(),
      title: z.string().optional(),
      problems: z.array(z.string()).describe("what can't be used, each with its place in the file"),
      panels: z.array(
        z.object({
          title: z.string(),
          type: z.string(),
          row: z.string().optional(),
          state: z.enum(['data', 'no data', 'query error', 'not asked']).describe('the worst of its queries'),
          queries: z.array(
            z.object({
              refId: z.string(),
              expr: z.string().describe('as it was asked, variables filled in'),
              state: z.enum(['data', 'no data', 'query error']),
              cause: z.string().optional().describe('why it shows nothing, likely'),
              works: z.string().optional().describe('a query that was asked in its place, and has data'),
            }),
          ),
        }),
      ),
      variables: z.array(z.string()).describe('variables that offer nothing, each with why'),
    }),
  ),
})

const need = z.object({
  id: z.string(),
  what: z.string().describe('what is needed, in a few words'),
  status: z.enum(['ok', 'failed', 'warning']),
  detail: z.string().describe('what was seen'),
  mend: z.string().optional().describe('a command that mends it'),
})

const preflightDocument = z.object({
  verb: z.literal('preflight'),
  target: target.shape.kind,
  ok: z.boolean().describe('no need failed; a warning is none'),
  needs: z.array(need),
})

const bindDocument = z.object({
  verb: z.literal('bind'),
  context: z.string(),
  server: z.string().describe('its URL, without user and password'),
  uid: z.string().describe('UID of the namespace kube-system'),
  file: z.string().describe('the env file, absolute'),
  written: z.boolean().describe('the env file names the cluster now'),
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

/** The JSON Schema of a document, as it is published. */
export function publishedSchema(name: keyof typeof documents): string {
  return `${JSON.stringify(z.toJSONSchema(documents[name]), null, 2)}\n`
}
