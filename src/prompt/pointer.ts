/** The place of a value inside another, for a message. */

/** A JSON pointer (RFC 6901), well-formed; of a long one the middle is left out, and of a long key the end. */
export const jsonPointer = (path: ReadonlyArray<string | number>): string => {
  const tokens = path.map((token) =>
    String(token).slice(0, longest).toWellFormed().replaceAll("~", "~0").replaceAll("/", "~1")
  )
  const shown =
    tokens.length <= 16
      ? tokens
      : [...tokens.slice(0, 8), `…${tokens.length - 16} more…`, ...tokens.slice(-8)]
  return shown.map((token) => `/${token}`).join("")
}

const longest = 200
