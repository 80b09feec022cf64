/** Keeps secrets that were put in the wrong place off the screen. */

const credentials = /([a-z][a-z0-9+.-]*:\/\/)[^/\s@"']*@/gi
const query = /([a-z][a-z0-9+.-]*:\/\/[^\s?"']*)\?[^\s"']*/gi
const key = /\b(?:sk|pk|key|ghp|gho|xox[a-z])[-_][A-Za-z0-9_-]{6,}/g

/** A text without the names, passwords and queries of the addresses in it, and without what looks like a key. */
export const redact = (text: string): string =>
  text
    .replaceAll(credentials, "$1<redacted>@")
    .replaceAll(query, "$1?<redacted>")
    .replaceAll(key, "<redacted>")
