/**
 * Redacts user names and passwords of all URLs in a text. A URL may be alone (`https://me:secret@host/x`), in a list
 * (GOPROXY) or in the output of a program.
 */
export function withoutCredentials(text: string): string {
  return text.replaceAll(/\/\/[^/?#\s]*@/g, '//')
}
