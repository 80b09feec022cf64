/** A unified diff, coloured as those who read diffs are used to. */
import type { Paint } from "./paint.js"

/** What would move the cursor or hide what it is; a line break has ended the line already. */
const unseen = /[^\P{Cc}\t]/gu

export const patchLines = (diff: string, colors: Paint): ReadonlyArray<string> =>
  diff
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => {
      const text = line.replaceAll(unseen, "·")
      if (/^(?:---|\+\+\+|Index:|=+$)/.test(text)) return colors.strong(text)
      if (text.startsWith("@@")) return colors.note(text)
      if (text.startsWith("+")) return colors.good(text)
      return text.startsWith("-") ? colors.bad(text) : text
    })
