/**
 * Changes settings in the text of an env file. A setting keeps its line, or goes below its commented-out line; new ones
 * are appended. All other lines stay unchanged.
 */
export function editEnvFile(text: string, values: Readonly<Record<string, string>>): string {
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n')
  for (const [name, value] of Object.entries(values)) {
    const line = `${name}=${quote(value)}`
    const set = new RegExp(`^\\s*(?:export\\s+)?${name}\\s*=`)
    const places = lines.flatMap((text, i) => (set.test(text) ? [i] : []))
    // dotenv uses the last line of a name, so duplicates are removed.
    const commented = lines.findIndex((text) => new RegExp(`^#\\s?${name}=`).test(text))
    const place = places.at(-1)
    if (place !== undefined) {
      lines[place] = line
      for (const i of places.slice(0, -1).reverse()) lines.splice(i, 1)
    } else if (commented >= 0) lines.splice(commented + 1, 0, line)
    else lines.push(line)
  }
  return `${lines.join('\n')}\n`
}

/** Quotes a value for dotenv if needed. dotenv has no escapes, so the value must not contain the quote character. */
function quote(value: string): string {
  if (/^[\w@%+:,./-]*$/.test(value)) return value
  const mark = ["'", '"', '`'].find((candidate) => !value.includes(candidate))
  if (!mark || value.includes('\n')) throw new Error(`an env file can't hold the value ${JSON.stringify(value)}`)
  return `${mark}${value}${mark}`
}
