/**
 * How deeply a text may be nested, from its characters alone. The fast parser keeps a frame for every level and ends the process when there
 * are some thousands, which nothing can catch; so texts that may be that deep are left to the one that throws.
 */

/** Brackets in brackets. */
const mostBrackets = 500
/** Brackets and operators that may stand one in the other: `a + a + …`, `!!…`, `else if …`. */
const mostLevels = 2500

const openers = "([{"
const closers = ")]}"
/** Whatever an expression, a type or a statement can nest by, without brackets. */
const operators = "+-*/%&|^!~?:=<>.`"
const words =
  /^(else|typeof|new|keyof|void|await|yield|delete|for|while|do|with|extends|in|of|as|infer|readonly|unique)$/
/** What begins a statement, where the one before it has no semicolon. */
const beginnings = /^(const|let|var|import|export|interface|type|class|declare|namespace|enum|return|throw)$/

/** Whether a text is certainly flat enough for a parser that cannot be caught. */
export const isShallow = (text: string): boolean => isFlat(text, false) && isFlat(text, true)

/**
 * With and without what seems to be a string or a comment: either way alone takes some texts for flatter than they are, as `/'/` begins a
 * string for one and `[/*]*\/` is balanced for the other.
 */
const isFlat = (text: string, skips: boolean): boolean => {
  // levels by bracket: how many operators have been seen in the statement
  const open: Array<number> = []
  let here = 0
  let below = 0
  let previous = ""
  for (let index = 0; index < text.length; index++) {
    const char = text.charAt(index)
    if (skips) {
      const end = skippedTo(text, index, char, previous)
      if (end > index) {
        index = end
        previous = char
        continue
      }
    }
    if (openers.includes(char)) {
      open.push(here + 1)
      below += here + 1
      here = 0
      if (open.length > mostBrackets) return false
    } else if (closers.includes(char)) {
      const outer = open.pop() ?? 0
      below -= outer
      here = outer
    } else if (char === ";" || char === ",") here = 0
    else if (operators.includes(char)) here++
    else if (isWordStart(char) && !isWordStart(text.charAt(index - 1))) {
      let end = index + 1
      while (end < text.length && end - index < 12 && isWordStart(text.charAt(end))) end++
      const word = text.slice(index, end)
      if (words.test(word)) here++
      else if (beginnings.test(word) && isLineStart(text, index)) here = 0
      index = end - 1
    }
    if (below + here > mostLevels) return false
    if (char > " ") previous = char
  }
  return true
}

const isWordStart = (char: string): boolean => char >= "a" && char <= "z"

const isLineStart = (text: string, index: number): boolean => {
  for (let at = index - 1; at >= 0; at--) {
    const char = text.charAt(at)
    if (char === "\n") return true
    if (char !== " " && char !== "\t" && char !== "\r") return false
  }
  return true
}

/** The last character of what seems to be a string, a comment or a regular expression; the index itself where nothing is. */
const skippedTo = (text: string, index: number, char: string, previous: string): number => {
  if (char === '"' || char === "'") return closing(text, index, char)
  if (char !== "/") return index
  const next = text.charAt(index + 1)
  if (next === "/") return lineEnd(text, index)
  if (next === "*") {
    const end = text.indexOf("*/", index + 2)
    return end < 0 ? text.length : end + 1
  }
  // behind an operator or an opening bracket there is nothing to divide
  return previous === "" || "(,=:[!&|?{};+-*%~^<>".includes(previous) ? closing(text, index, "/") : index
}

const lineEnd = (text: string, index: number): number => {
  const end = text.indexOf("\n", index)
  return end < 0 ? text.length : end
}

/** The delimiter that ends what begins here, in the same line; the index itself where there is none. */
const closing = (text: string, index: number, delimiter: string): number => {
  let isClass = false
  for (let at = index + 1; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === "\n") return index
    if (char === "\\") at++
    else if (delimiter === "/" && char === "[") isClass = true
    else if (delimiter === "/" && char === "]") isClass = false
    else if (char === delimiter && !isClass) return at
  }
  return index
}
