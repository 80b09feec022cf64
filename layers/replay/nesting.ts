/**
 * How deeply a text may be nested, from its characters alone. The fast parser keeps a frame for every level and ends the process when there
 * are some thousands, which nothing can catch; so texts that may be that deep are left to the one that throws.
 */

/** Brackets in brackets. */
const mostBrackets = 500
/** Brackets and operators that may stand one in the other: `a + a + …`, `!!…`, `else if …`. */
const mostLevels = 2500

const words =
  /^(typeof|new|keyof|void|await|yield|delete|for|while|do|with|extends|in|of|as|infer|readonly|unique)$/
/** What can only begin a statement, where the one before it has no semicolon. */
const beginnings = /^(const|var|export|return|throw)$/

/** What a character may be, by its code. */
const kinds = new Uint8Array(128)
const opener = 1
const closer = 2
const end = 3
const less = 4
const more = 5
const operator = 6
const letter = 7
const quote = 8
const slash = 9
for (const [kind, chars] of [
  [opener, "([{"],
  [closer, ")]}"],
  [end, ";,"],
  [less, "<"],
  [more, ">"],
  // whatever an expression or a type can nest by, without brackets
  [operator, "+-*%&|^!~?:=.`"],
  [letter, "abcdefghijklmnopqrstuvwxyz"],
  [quote, "\"'"],
  [slash, "/"]
] as const) {
  for (const char of chars) kinds[char.charCodeAt(0)] = kind
}

const [newline, space, equals, divides, star, backslash] = [10, 32, 61, 47, 42, 92]

/** Whether a text is certainly flat enough for a parser that cannot be caught. */
export const isShallow = (text: string): boolean => isFlat(text, false) && isFlat(text, true)

/**
 * With and without what seems to be a string or a comment: either way alone takes some texts for flatter than they are, as `/'/` begins a
 * string for one and `[/*]*\/` is balanced for the other.
 */
const isFlat = (text: string, skips: boolean): boolean => {
  const hasElements = text.includes("</") || text.includes("/>")
  // by bracket that is open: the levels before it
  const open: Array<number> = []
  const openKept: Array<number> = []
  // levels that a semicolon or a comma ends, and those that it does not: branches, type arguments, elements
  let here = 0
  let kept = 0
  let below = 0
  let previous = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    switch (kinds[code]) {
      case opener:
        open.push(here)
        openKept.push(kept)
        below += here + kept + 1
        here = 0
        kept = 0
        if (open.length > mostBrackets) return false
        break
      case closer: {
        const isOpen = open.length > 0
        here = open.pop() ?? 0
        kept = openKept.pop() ?? 0
        if (isOpen) below -= here + kept + 1
        // one may follow the other: a[][][]
        here++
        break
      }
      case end:
        here = 0
        break
      case less:
        here++
        if (text.charCodeAt(index + 1) !== divides) kept++
        else if (hasElements) kept = Math.max(0, kept - 1)
        break
      case more:
        here++
        // an arrow closes nothing; that an element begins does not end it
        if (previous !== equals && (!hasElements || previous === divides)) kept = Math.max(0, kept - 1)
        break
      case operator:
        here++
        break
      case letter: {
        let next = index + 1
        while (kinds[text.charCodeAt(next)] === letter) next++
        // no longer word counts, and what follows another character is a part of one
        if (next - index < 9 && !isInWord(text.charCodeAt(index - 1))) {
          const word = text.slice(index, next)
          if (word === "else") kept++
          else if (words.test(word)) here++
          else if (beginnings.test(word) && isLineStart(text, index)) here = 0
        }
        index = next - 1
        break
      }
      case quote:
        if (skips) index = closing(text, index, code)
        break
      case slash: {
        const last = skips ? skippedTo(text, index, previous) : index
        if (last === index) here++
        index = last
        break
      }
      default:
        break
    }
    if (below + here + kept > mostLevels) return false
    if (code > space) previous = code
  }
  return true
}

/** Whether a character may stand in a word: a digit, a capital, `_` or `$`. */
const isInWord = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95 || code === 36

const isLineStart = (text: string, index: number): boolean => {
  for (let at = index - 1; at >= 0; at--) {
    const code = text.charCodeAt(at)
    if (code === newline) return true
    if (code > space) return false
  }
  return true
}

/** The last character of what seems to be a comment or a regular expression; the index itself where nothing is. */
const skippedTo = (text: string, index: number, previous: number): number => {
  const next = text.charCodeAt(index + 1)
  if (next === divides || next === star) {
    const last = next === star ? text.indexOf("*/", index + 2) + 1 : text.indexOf("\n", index)
    return last <= 0 ? text.length : last
  }
  // behind an operator or an opening bracket there is nothing to divide
  return previous === 0 || "(,=:[!&|?{};+-*%~^<>".includes(String.fromCharCode(previous))
    ? closing(text, index, divides)
    : index
}

/** The delimiter that ends what begins here, in the same line; the index itself where there is none. */
const closing = (text: string, index: number, delimiter: number): number => {
  let isClass = false
  for (let at = index + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === newline) return index
    if (code === backslash) at++
    else if (delimiter === divides && code === 91) isClass = true
    else if (delimiter === divides && code === 93) isClass = false
    else if (code === delimiter && !isClass) return at
  }
  return index
}
