/** Formats rows as lines with left-aligned columns. ANSI sequences have no width. */
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
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ANSI sequences begin with one.
  return text.replaceAll(/\u001b\[\d+m/g, '')
}
