import type { Dashboard, Panel, QueryAnswer } from '@platform/panels'

const start = 1_700_000_000

/** A panel with one query. */
export function panelOf(id: number, type: string, rest: Partial<Panel> = {}): Panel {
  return {
    ...{ id, type, title: `a ${type}`, gridPos: { x: ((id - 1) % 3) * 8, y: 0, w: 8, h: 6 } },
    targets: type === 'text' ? [] : [{ refId: 'A', expr: 'up', legendFormat: '{{job}}' }],
    ...rest,
  }
}

/** What Prometheus would answer: some series over half an hour, or their last values. */
export function answerOf(series: number, points: number): QueryAnswer {
  const result = Array.from({ length: series }, (_, n) => ({
    metric: { __name__: 'up', job: `job-${n}`, path: `</script><script>throw new Error("markup")</script>` },
    values: Array.from({ length: points }, (_, at): [number, string] => [
      start + at * 15,
      String(n + Math.sin(at / 9) + 1.123456789),
    ]),
  }))
  return { refId: 'A', expr: 'up', resultType: 'matrix', result }
}

/** One panel of each type that is drawn, one of a type that is not, one without data, one whose query failed, and one that can't be drawn. */
export const board: Dashboard = {
  ...{ uid: 'all-types', title: 'All types', description: 'every <b>type</b>' },
  panels: [
    panelOf(1, 'timeseries', { fieldConfig: { defaults: { unit: 'bytes' } } }),
    panelOf(2, 'stat', { options: { graphMode: 'area' } }),
    panelOf(3, 'gauge'),
    panelOf(4, 'bargauge'),
    panelOf(5, 'piechart'),
    panelOf(6, 'table'),
    panelOf(7, 'text', { options: { content: 'words' } }),
    { id: 8, type: 'row', title: 'below', collapsed: true, panels: [panelOf(9, 'heatmap'), panelOf(10, 'timeseries')] },
    panelOf(11, 'stat'),
    // An override without a matcher: what draws it throws, and the panel behind it is drawn all the same.
    panelOf(12, 'stat', { fieldConfig: { overrides: [{ properties: [] } as never] } }),
    panelOf(13, 'stat'),
  ],
}

/** By the panel's id; 10 has none, 11 failed. */
export const answers: Readonly<Record<string, readonly QueryAnswer[]>> = {
  ...Object.fromEntries([1, 2, 3, 4, 5, 6, 9, 12, 13].map((id) => [String(id), [answerOf(3, 120)]])),
  10: [answerOf(0, 0)],
  11: [{ refId: 'A', expr: 'up(', resultType: 'vector', result: [], error: 'parse error: unexpected end' }],
}

/** What each panel's box must say in `data-state`. */
export const states: Readonly<Record<string, string>> = {
  ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 13].map((id) => [String(id), 'drawn'])),
  ...{ 9: 'unknown', 10: 'empty', 11: 'error', 12: 'error' },
}
