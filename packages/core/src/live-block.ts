import { stripVTControlCharacters } from 'node:util'
import truncatedWidth from 'fast-string-truncated-width'

/** The part of a terminal that a block uses; `process.stderr` has it. */
export interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
}

/** Lines at the bottom of a terminal that are redrawn in place. */
export interface LiveBlock {
  /** Redraws the block; `above` is printed above it and stays. */
  draw(lines: readonly string[], above?: string): void
  /** Removes the block and shows the cursor again. */
  end(): void
}

const hideCursor = '\u001b[?25l'
const showCursor = '\u001b[?25h'
/** From the cursor to the end of the screen. */
const eraseDown = '\r\u001b[0J'
/** Synchronized output: a terminal that supports it shows the frame at once; others ignore these sequences. */
const synchronized = ['\u001b[?2026h', '\u001b[?2026l'] as const
const resetStyle = '\u001b[0m'

/**
 * A block on this terminal. Between redraws the cursor is at the start of the block: terminals that keep the cursor at its
 * character on a resize then erase the whole block. A terminal that becomes narrower may wrap the block and leave the old
 * copy. Nothing above the block is ever erased.
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
      // A second Ctrl-C exits without unwinding: the cursor must be restored then too.
      if (!active) process.once('exit', end)
      const text = fit(lines, screen).join('\n')
      const back = '\u001b[A'.repeat(text.split('\n').length - 1)
      const frame = `${active ? eraseDown : hideCursor}${above}${text}${back}\r`
      active = true
      screen.write(`${synchronized[0]}${frame}${synchronized[1]}`)
    },
  }
}

/** Truncates to the terminal's columns and rows: a line that wraps or scrolls away cannot be redrawn. */
function fit(lines: readonly string[], { columns, rows }: Screen): string[] {
  const height = Math.max(1, (rows || 24) - 1)
  const shown = lines.length > height ? [...lines.slice(0, height - 1), `… ${lines.length - height + 1} more`] : lines
  return shown.map((line) => truncate(line, Math.max(1, (columns || 80) - 1)))
}

/** Truncates a text to this many columns; wide characters take two, styles none. */
export function truncate(text: string, columns: number): string {
  const { index, ellipsed } = truncatedWidth(text, { limit: columns, ellipsis: '…', ellipsisWidth: 1 })
  return ellipsed ? `${text.slice(0, index)}…${resetStyle}` : text
}

/** Removes line breaks and control characters that would move the cursor. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text).replace(/[\s\p{Cc}]+/gu, ' ')
}
