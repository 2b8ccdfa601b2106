import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common'
import {
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard'

/** The data source of all dashboards, with the uid of its provisioning file. */
export const datasource: DataSourceRef = { type: 'prometheus', uid: 'prometheus' }

/** A query variable: Prometheus provides the values. */
export interface QueryVariable {
  /** Also the label that provides the values. */
  readonly name: string
  readonly label: string
  /** The series with this label, such as `kube_namespace_created`. */
  readonly series: string
  /** Allows one value only, instead of several or all. */
  readonly single?: boolean
  /** The preselected value, instead of All or, with `single`, the first one. */
  readonly first?: string
}

/** A text box variable, for a price or a threshold. */
export interface TextVariable {
  readonly name: string
  readonly label: string
  readonly text: string
}

export type AnyVariable = QueryVariable | TextVariable

/** Namespaces with pods; others have no data. */
export const namespaceVariable: QueryVariable = { name: 'namespace', label: 'Namespace', series: 'kube_pod_info' }

export const nodeVariable: QueryVariable = { name: 'node', label: 'Node', series: 'kube_node_info' }

/** Pods of the selected namespaces. */
export const podVariable: QueryVariable = {
  name: 'pod',
  label: 'Pod',
  series: 'kube_pod_info{namespace=~"$namespace"}',
}

/** Containers of the selected namespaces, from kube-state-metrics. */
export const containerVariable: QueryVariable = {
  name: 'container',
  label: 'Container',
  series: 'kube_pod_container_info{namespace=~"$namespace"}',
}

/** Builds a variable. With several values, queries must match it as a regular expression: `=~"$name"`. */
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
