import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ComponentCheck, defineChecks, type ProofContext } from '@platform/engine'
import { eventually, few, type RuleGroup, valuesOf } from './common.ts'

interface LoadedGroup {
  readonly name: string
  readonly rules: readonly {
    readonly name: string
    readonly query: string
    readonly health: string
    readonly lastError?: string
  }[]
}

/** The rules that run are those of the files, and none of them fails. */
export const rules: ComponentCheck = {
  id: 'rules',
  name: 'all rules of the files are loaded and evaluated without error',
  limitMs: 45_000,
  hint: 'pnpm -s kubectl get --raw /api/v1/namespaces/monitoring/services/prometheus-server:80/proxy/api/v1/rules   # lastError of each',
  async ask(context) {
    const wanted = await ruleGroups(context)
    const prometheus = await context.prometheus()
    return eventually(context, 35_000, async () => {
      const { groups } = await prometheus.get<{ groups: LoadedGroup[] }>('rules')
      const problems = wanted.flatMap((group) => groupProblems(group, groups))
      if (problems.length) throw new Error(few(problems))
      return `${groups.length} groups, ${groups.flatMap((group) => group.rules).length} rules`
    })
  },
}

export const ruleChecks = defineChecks([rules])

/** The groups of the chart's files, and those of the values. */
async function ruleGroups(context: ProofContext): Promise<readonly RuleGroup[]> {
  const { parse } = await import('yaml')
  const folder = join(context.component.directory, 'chart', 'rules')
  const files = readdirSync(folder).filter((file) => file.endsWith('.rules.yaml'))
  const groups = files.flatMap(
    (file) => (parse(readFileSync(join(folder, file), 'utf8')) as { groups: RuleGroup[] }).groups,
  )
  const { extraGroups, extra } = valuesOf(context).rules
  const added = Object.values(extra).flatMap((text) => (parse(text) as { groups: RuleGroup[] }).groups)
  return [...groups, ...extraGroups, ...added]
}

/** What is wrong with a group of the files among those that are loaded. */
export function groupProblems(wanted: RuleGroup, groups: readonly LoadedGroup[]): string[] {
  const loaded = groups.find(({ name }) => name === wanted.name)
  if (!loaded) return [`the group ${wanted.name} is not loaded`]
  const names = wanted.rules.map(({ alert, record }) => alert ?? record ?? '')
  const have = loaded.rules.map(({ name }) => name)
  const absent = names.filter((name) => !have.includes(name)).map((name) => `${name} is not loaded`)
  const foreign = have.filter((name) => !names.includes(name)).map((name) => `${name} is loaded, and in no file`)
  const failing = loaded.rules
    .filter(({ health }) => health !== 'ok')
    .map(({ name, health, lastError }) => `${name} is ${health}${lastError ? `: ${lastError}` : ''}`)
  return [...absent, ...foreign, ...failing]
}
