import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common'
import {
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard'

/** The datasource of all dashboards, by the uid that it is provisioned with. */
export const datasource: DataSourceRef = { type: 'prometheus', uid: 'prometheus' }

/** A choice at the top of a dashboard, filled from Prometheus. */
export interface QueryVariable {
  /** Also the label whose values are offered. */
  readonly name: string
  readonly label: string
  /** The series that carry it: `kube_namespace_created`. */
  readonly series: string
  /** One value instead of several or all. */
  readonly single?: boolean
  /** What is chosen at first, where it is there: of several values instead of all, of one instead of the first. */
  readonly first?: string
}

/** A text at the top of a dashboard that its reader can change: a price, a threshold. */
export interface TextVariable {
  readonly name: string
  readonly label: string
  readonly text: string
}

export type AnyVariable = QueryVariable | TextVariable

/** The namespaces that have pods: of an empty one there is nothing to see. */
export const namespaceVariable: QueryVariable = { name: 'namespace', label: 'Namespace', series: 'kube_pod_info' }

/** The nodes that there are. */
export const nodeVariable: QueryVariable = { name: 'node', label: 'Node', series: 'kube_node_info' }

/** The pods of the chosen namespaces. */
export const podVariable: QueryVariable = {
  name: 'pod',
  label: 'Pod',
  series: 'kube_pod_info{namespace=~"$namespace"}',
}

/** The containers of the chosen namespaces, as kube-state-metrics tells of them. */
export const containerVariable: QueryVariable = {
  name: 'container',
  label: 'Container',
  series: 'kube_pod_container_info{namespace=~"$namespace"}',
}

/** A variable in Grafana's form. With several values it stands in queries as a regular expression: `=~"$name"`. */
export function variable(definition: AnyVariable): QueryVariableBuilder | TextBoxVariableBuilder {
  return 'text' in definition ? textVariable(definition) : queryVariable(definition)
}

function textVariable({ name, label, text }: TextVariable): TextBoxVariableBuilder {
  return new TextBoxVariableBuilder(name).label(label).defaultValue(text).current({ selected: true, text, value: text })
}

function queryVariable({ name, label, series, single = false, first }: QueryVariable): QueryVariableBuilder {
  const query = `label_values(${series}, ${name})`
  const built = new QueryVariableBuilder(name)
    .label(label)
    .datasource(datasource)
    .query({ qryType: 1, query, refId: 'PrometheusVariableQueryEditor-VariableQuery' })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalCaseInsensitiveAsc)
    .hide(VariableHide.DontHide)
  if (single) return first ? built.current({ selected: true, text: first, value: first }) : built
  return built
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: [first ?? 'All'], value: [first ?? '$__all'] })
}
