import { type ComponentCheck, defineChecks, type ProofContext } from '@platform/engine'
import { StillWarming, untilSettled } from '@platform/engine/settled'
import { joinProblems, type RuleGroup } from './common.ts'
import { renderedObjects } from './deployed.ts'
import { loadError } from './loaded-config.ts'
import { differencesOf, type LoadedRule, type SameQuery, sameQuery, withoutSpace } from './rule-differences.ts'

interface LoadedGroup {
  readonly name: string
  readonly rules: readonly LoadedRule[]
}

/** The loaded rules are exactly those of the release, and none fails. */
export const rules: ComponentCheck = {
  id: 'rules',
  dependsOn: ['prometheus/server', 'prometheus/rules'],
  name: 'all rules are loaded exactly as in their files and evaluate without errors',
  timeoutMs: 60_000,
  hint: 'pnpm -s kubectl get --raw /api/v1/namespaces/monitoring/services/prometheus-server:80/proxy/api/v1/rules   # lastError of each',
  async run(context) {
    const wanted = await ruleGroups(context)
    const prometheus = await context.prometheus()
    const format = (expr: string) => prometheus.get<string>(`format_query?query=${encodeURIComponent(expr)}`)
    return untilSettled(context, async () => {
      const { groups } = await prometheus.get<{ groups: LoadedGroup[] }>('rules')
      const same = await sameQuery(pairsOf(wanted, groups), format)
      const problems = wanted.flatMap((group) => groupProblems(group, groups, same))
      if (problems.length) throw await loadError(context, 'prometheus-rules', joinProblems(problems))
      const unevaluated = groups.flatMap(({ rules: all }) => all).filter(({ health }) => health === 'unknown')
      if (unevaluated.length)
        throw new StillWarming(`not evaluated yet: ${joinProblems(unevaluated.map(({ name }) => name))}`)
      return `${groups.length} groups, ${groups.flatMap((group) => group.rules).length} rules`
    })
  },
}

export const ruleChecks = defineChecks([rules])

/** The groups of the release. The live ConfigMap may have been edited. */
async function ruleGroups(context: ProofContext): Promise<readonly RuleGroup[]> {
  const objects = await renderedObjects(context, context.component)
  const map = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'prometheus-rules')
  if (!map) throw new Error('the release has no ConfigMap prometheus-rules')
  const { parse } = await import('yaml')
  const texts = Object.values((map as { data?: Readonly<Record<string, string>> }).data ?? {})
  return texts.flatMap((text) => (parse(text) as { groups: RuleGroup[] }).groups)
}

/** The problems of a group of the files, compared with the loaded groups. */
export function groupProblems(
  wanted: RuleGroup,
  groups: readonly LoadedGroup[],
  same: SameQuery = (a, b) => withoutSpace(a) === withoutSpace(b),
): string[] {
  const loaded = groups.find(({ name }) => name === wanted.name)
  if (!loaded) return [`the group ${wanted.name} is not loaded`]
  const { pairs, absent, extra } = matched(wanted, loaded)
  const failing = loaded.rules
    .filter(({ health }) => health !== 'ok' && health !== 'unknown')
    .map(({ name, health, lastError }) => `${name} is ${health}${lastError ? `: ${lastError}` : ''}`)
  return [
    ...absent.map((name) => `${name} is not loaded`),
    ...extra.map((name) => `${name} is loaded but in no rule file`),
    ...failing,
    ...pairs.flatMap(([rule, one]) => differencesOf(rule, one, same)),
  ]
}

type Pair = readonly [wanted: RuleGroup['rules'][number], loaded: LoadedRule]

/** Pairs each rule of the file with the loaded rule of the same name; rules of equal names are paired in order. */
function matched(wanted: RuleGroup, loaded: LoadedGroup) {
  const left = [...loaded.rules]
  const pairs: Pair[] = []
  const absent: string[] = []
  for (const rule of wanted.rules) {
    const name = rule.alert ?? rule.record ?? ''
    const place = left.findIndex((each) => each.name === name)
    const [one] = place < 0 ? [] : left.splice(place, 1)
    if (one) pairs.push([rule, one])
    else absent.push(name)
  }
  return { pairs, absent, extra: left.map(({ name }) => name) }
}

/** The expressions of the files, each with its loaded counterpart. */
function pairsOf(wanted: readonly RuleGroup[], groups: readonly LoadedGroup[]): [string, string][] {
  return wanted.flatMap((group) => {
    const loaded = groups.find(({ name }) => name === group.name)
    return loaded ? matched(group, loaded).pairs.map(([rule, one]): [string, string] => [rule.expr, one.query]) : []
  })
}
