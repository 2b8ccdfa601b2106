/** Rows as lines, columns aligned at the left. ANSI sequences take no room. */
export function textTable(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => visible(row[column] ?? '').length)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - visible(cell).length)))
      .join('  ')
      .trimEnd(),
  )
}

function visible(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences begin with one.
  return text.replaceAll(/\u001b\[\d+m/g, '')
}
