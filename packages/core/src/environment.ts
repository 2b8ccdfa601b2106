/** This file alone reads `process.env`; the linter enforces it. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A snapshot of the process's environment variables. */
export function environment(): Environment {
  return { ...process.env }
}
