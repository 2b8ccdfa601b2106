import { styleText } from '@platform/core'
import type { FileReport, PanelReport } from './check-file.ts'

const signs = {
  data: ['✓', 'green'],
  'no data': ['✗', 'yellow'],
  'query error': ['✗', 'red'],
  'not queried': ['·', 'dim'],
} as const

/** A file's panels, one a line; below one that shows nothing the query as asked, why, and what would work. */
export function formatFile({ file, title, problems, panels, variables }: FileReport, color: boolean): string {
  const paint = (name: 'red' | 'green' | 'yellow' | 'dim', text: string) => styleText(name, text, color)
  const line = ({ title: panel, row, state, queries }: PanelReport): string[] => {
    const [sign, name] = signs[state]
    const silent = queries.filter((query) => query.state !== 'data')
    return [
      `  ${paint(name, sign)} ${row ? `${row} / ` : ''}${panel}: ${state}`,
      ...queries.flatMap(({ refId, state: own, cause }) =>
        own === 'data' && cause ? [`      ${refId}: ${cause}`] : [],
      ),
      ...silent.flatMap(({ refId, expr, state: own, cause, suggestion: works }) => [
        `      ${refId}: ${own}: ${oneLine(expr)}`,
        `         why: ${cause}`,
        works ? `         this was asked and has data: ${oneLine(works)}` : '         no query was found that has data',
      ]),
    ]
  }
  const count = (state: PanelReport['state']) => panels.filter((panel) => panel.state === state).length
  const states = ['data', 'no data', 'query error', 'not queried'] as const
  return [
    `${file}${title ? `: ${title}` : ''}`,
    ...problems.map((problem) => `  ${paint('red', '!')} ${file}: ${problem}`),
    ...variables.map((variable) => `  ${paint('yellow', '!')} ${variable}`),
    ...panels.flatMap(line),
    ...(panels.length
      ? [
          `  ${panels.length} panels: ${states
            .filter(count)
            .map((state) => `${count(state)} ${state}`)
            .join(', ')}`,
        ]
      : []),
    '',
  ].join('\n')
}

function oneLine(expr: string): string {
  return expr.replace(/\s+/g, ' ').trim()
}
