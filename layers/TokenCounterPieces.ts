/**
 * Cutting text before it is tokenised. Byte-pair encoding takes time quadratic in the longest word: 128 KB of one letter,
 * or of spaces, take more than ten seconds in every implementation. And nobody else runs while 50 MB are tokenised.
 */

/** The longest stretch of white space, or of anything else, that is tokenised in one go, in UTF-16 code units. */
export const longestRun = 1024

/** After about as much text a piece ends at the next space, so that others may run. */
export const longestPiece = 256 * 1024

const isSpace = (code: number): boolean =>
  code === 32 ||
  (code >= 9 && code <= 13) ||
  (code >= 0xa0 &&
    (code === 0xa0 ||
      code === 0x1680 ||
      (code >= 0x2000 && code <= 0x200a) ||
      code === 0x2028 ||
      code === 0x2029 ||
      code === 0x202f ||
      code === 0x205f ||
      code === 0x3000 ||
      code === 0xfeff))

/** Where the run of one kind that ends before `end` begins. */
const runStart = (text: string, from: number, end: number): number => {
  const kind = isSpace(text.charCodeAt(end - 1))
  let at = end - 1
  while (at > from && isSpace(text.charCodeAt(at - 1)) === kind) at--
  return at
}

const splitsPair = (text: string, at: number): boolean =>
  (text.charCodeAt(at - 1) & 0xfc00) === 0xd800 && (text.charCodeAt(at) & 0xfc00) === 0xdc00

/**
 * The text in pieces; joined they are the text again. It looks at one in 1,024 characters and the words around them.
 */
export const pieces = (text: string): ReadonlyArray<string> => {
  const out: Array<string> = []
  let start = 0
  // a run of more than `longestRun` characters holds one of the places that are looked at
  for (let at = longestRun; at < text.length;) {
    const run = runStart(text, Math.max(start, at - longestRun), at)
    if (at - run >= longestRun) {
      const cut = splitsPair(text, at) ? at - 1 : at
      out.push(text.slice(start, cut))
      start = cut
      at = cut + longestRun
    } else if (run - start >= longestPiece) {
      out.push(text.slice(start, run))
      start = run
      at = run + longestRun
    } else {
      at = run + longestRun
    }
  }
  out.push(text.slice(start))
  return out
}
