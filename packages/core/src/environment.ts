/** The only file that reads `process.env`; the linter holds everything else to that. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A snapshot of the process's environment variables. */
export function environment(): Environment {
  return { ...process.env }
}
