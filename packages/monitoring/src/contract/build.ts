import { ANY_JOB, type Contract, type ContractFile, type Need, type Ownership, RULES } from './types.ts'

type Jobs = Map<string, Map<string, Set<string>>>

/**
 * Builds the contract files from these needs. Pure and deterministic.
 *
 * @throws Error that names each metric without a known job, and what needs it
 */
export function buildContract(needs: readonly Need[], ownership: Ownership): Contract {
  const jobs: Jobs = new Map()
  const unserved = needs.filter(({ name, job }) => job === undefined && !ownership.jobs.has(name))
  if (unserved.length) throw new Error([...new Set(unserved.map(unservedText))].join('\n'))
  for (const { name, job = ownership.jobs.get(name) ?? ANY_JOB, labels } of needs) {
    const names = jobs.get(job) ?? new Map<string, Set<string>>()
    jobs.set(job, names.set(name, new Set([...(names.get(name) ?? []), ...labels])))
  }
  const files = new Map<string, { jobs: Record<string, Record<string, string[]>>; seldom: string[] }>()
  for (const job of [...jobs.keys()].sort()) {
    const owner = ownership.owners.get(job)
    if (!owner) throw new Error(`no component serves the job ${job}`)
    const file = files.get(owner) ?? { jobs: {}, seldom: [] }
    const names = [...(jobs.get(job) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))
    file.jobs[job] = Object.fromEntries(names.map(([name, labels]) => [name, [...labels].sort()]))
    file.seldom = [
      ...new Set([...file.seldom, ...names.map(([name]) => name).filter((name) => ownership.seldom.has(name))]),
    ]
    files.set(owner, file)
  }
  return Object.fromEntries([...files].map(([owner, file]) => [owner, { ...file, seldom: file.seldom.sort() }]))
}

function unservedText({ name, user }: Need): string {
  return `${user}: no job serves the metric ${name}`
}

/**
 * The jobs and owners according to the files. An entry for a job that a query names explicitly is used only as a fallback.
 */
export function ownershipOf(contract: Contract, needs: readonly Need[]): Ownership {
  const named = new Set(needs.flatMap(({ name, job }) => (job === undefined ? [] : [`${job} ${name}`])))
  const jobs = new Map<string, string>()
  const owners = new Map<string, string>()
  const entries = Object.entries(contract).flatMap(([owner, file]) =>
    Object.entries(file.jobs).map(([job, names]) => ({ owner, job, names: Object.keys(names) })),
  )
  for (const { owner, job } of entries) owners.set(job, owner)
  for (const { job, names } of entries) {
    for (const name of names) {
      if (!named.has(`${job} ${name}`)) jobs.set(name, job)
      else if (!jobs.has(name)) jobs.set(name, job)
    }
  }
  return { jobs, owners, seldom: new Set(Object.values(contract).flatMap(({ seldom }) => seldom)) }
}

/** A metric of the contract. */
export interface ContractMetric {
  readonly component: string
  /** Undefined for any job. */
  readonly job?: string
  readonly name: string
  readonly labels: readonly string[]
  readonly seldom: boolean
}

/** All metrics of all files. */
export function contractMetrics(contract: Contract): ContractMetric[] {
  return Object.entries(contract).flatMap(([component, { jobs, seldom }]: [string, ContractFile]) =>
    Object.entries(jobs).flatMap(([job, names]) =>
      Object.entries(names).map(([name, labels]) => ({
        ...{ component, name, labels, seldom: seldom.includes(name) },
        ...(job !== ANY_JOB && job !== RULES && { job }),
      })),
    ),
  )
}

/** The users of a metric, or of one of its labels. */
export function usersOf(
  needs: readonly Need[],
  { name, job }: Pick<ContractMetric, 'name' | 'job'>,
  label?: string,
): string[] {
  const matching = needs.filter(
    (need) =>
      need.name === name && (need.job === undefined || need.job === job) && (!label || need.labels.includes(label)),
  )
  return [...new Set(matching.map(({ user }) => user))]
}
