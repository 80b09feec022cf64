/** `a=1,b=2`, values percent-encoded: how OpenTelemetry writes headers and resources into a variable. */

/** What cannot be read is left out of `pairs`, and `unreadable` says that there was some. */
export interface Pairs {
  readonly pairs: Readonly<Record<string, string>>
  readonly unreadable: boolean
}

/** Undefined where a text is not percent-encoded as it should be. */
const percentDecoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

export const pairsOf = (text: string): Pairs => {
  const pairs = new Map<string, string>()
  let unreadable = false
  for (const pair of text.split(",")) {
    if (pair.trim() === "") continue
    const [name = "", ...value] = pair.split("=")
    const decoded = percentDecoded(value.join("=").trim())
    if (name.trim() === "" || value.length === 0 || decoded === undefined) unreadable = true
    else pairs.set(name.trim(), decoded)
  }
  return { pairs: Object.fromEntries(pairs), unreadable }
}
