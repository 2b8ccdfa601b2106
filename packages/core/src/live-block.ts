import { stripVTControlCharacters } from 'node:util'
import truncatedWidth from 'fast-string-truncated-width'

/** What a block needs of a terminal; `process.stderr` has it. */
export interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
}

/** Lines at the bottom of a terminal that are replaced in place. */
export interface LiveBlock {
  /** Replaces the block; `above` is printed over it first and stays. */
  draw(lines: readonly string[], above?: string): void
  /** Removes the block and shows the cursor again. */
  end(): void
}

const hideCursor = '\u001b[?25l'
const showCursor = '\u001b[?25h'
/** From the cursor to the end of the screen. */
const eraseDown = '\r\u001b[0J'
/** A terminal that knows these shows what is between them at once; others ignore them. */
const synchronized = ['\u001b[?2026h', '\u001b[?2026l'] as const
const resetStyle = '\u001b[0m'

/**
 * A block on this terminal. Between two drawings the cursor stands at the start of the block, not after it: terminals
 * that keep the cursor at its character on a resize lose the whole block when it is erased from there. One that becomes
 * narrower may wrap the block anew and leave the old copy; nothing above it is ever erased.
 */
export function createLiveBlock(screen: Screen): LiveBlock {
  let active = false
  const end = () => {
    if (!active) return
    active = false
    process.off('exit', end)
    screen.write(`${eraseDown}${showCursor}`)
  }
  return {
    end,
    draw(lines, above = '') {
      // A second Ctrl-C ends the process without unwinding: the cursor must come back then too.
      if (!active) process.once('exit', end)
      const text = fit(lines, screen).join('\n')
      const back = '\u001b[A'.repeat(text.split('\n').length - 1)
      const frame = `${active ? eraseDown : hideCursor}${above}${text}${back}\r`
      active = true
      screen.write(`${synchronized[0]}${frame}${synchronized[1]}`)
    },
  }
}

/** Cut to the columns and rows of the terminal: a line that wraps, or scrolls away, could not be replaced. */
function fit(lines: readonly string[], { columns, rows }: Screen): string[] {
  const height = Math.max(1, (rows || 24) - 1)
  const shown = lines.length > height ? [...lines.slice(0, height - 1), `… ${lines.length - height + 1} more`] : lines
  return shown.map((line) => truncate(line, Math.max(1, (columns || 80) - 1)))
}

/** A text of at most so many columns; wide characters take two, styles none. */
export function truncate(text: string, columns: number): string {
  const { index, ellipsed } = truncatedWidth(text, { limit: columns, ellipsis: '…', ellipsisWidth: 1 })
  return ellipsed ? `${text.slice(0, index)}…${resetStyle}` : text
}

/** A text from elsewhere, on one line and without what would move the cursor. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text).replace(/[\s\p{Cc}]+/gu, ' ')
}
