import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common'
import {
  QueryVariableBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard'

/** The datasource of all dashboards, by the uid that it is provisioned with. */
export const datasource: DataSourceRef = { type: 'prometheus', uid: 'prometheus' }

/** A choice at the top of a dashboard, filled from Prometheus. */
export interface QueryVariable {
  readonly name: string
  readonly label: string
  /** The label whose values are offered. */
  readonly of: string
  /** The series that carry it: `kube_namespace_created`. */
  readonly series: string
  /** One value instead of several or all. */
  readonly single?: boolean
}

/** The namespaces that there are. */
export const namespaceVariable: QueryVariable = {
  name: 'namespace',
  label: 'Namespace',
  of: 'namespace',
  series: 'kube_namespace_created',
}

/** A variable in Grafana's form. With several values it stands in queries as a regular expression: `=~"$name"`. */
export function variable({ name, label, of, series, single = false }: QueryVariable): QueryVariableBuilder {
  const query = `label_values(${series}, ${of})`
  const built = new QueryVariableBuilder(name)
    .label(label)
    .datasource(datasource)
    .query({ qryType: 1, query, refId: 'PrometheusVariableQueryEditor-VariableQuery' })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalCaseInsensitiveAsc)
    .hide(VariableHide.DontHide)
  if (single) return built
  return built
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: ['All'], value: ['$__all'] })
}
