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
  name: z.string(),
  ok: z.boolean(),
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
})

const verifyDocument = z.object({
  verb: z.literal('verify'),
  ...head,
  ok: z.boolean(),
  passed: z.number().int(),
  failed: z.number().int(),
  runDirectory: z.string(),
  units: z.array(z.object({ name: z.string(), outcome, checks: z.array(check), error: error.optional() })),
  error: error.optional().describe('the JUnit report could not be written'),
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
export type PreflightDocument = z.infer<typeof preflightDocument>
export type BindDocument = z.infer<typeof bindDocument>
export type Outcome = z.infer<typeof outcome>

/** By the name of the published file. */
export const documents = {
  plan: planDocument,
  run: runDocument,
  verify: verifyDocument,
  preflight: preflightDocument,
  bind: bindDocument,
  error: errorDocument,
} as const

/** The JSON Schema of a document, as it is published. */
export function publishedSchema(name: keyof typeof documents): string {
  return `${JSON.stringify(z.toJSONSchema(documents[name]), null, 2)}\n`
}
