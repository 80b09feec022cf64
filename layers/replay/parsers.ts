/** The two parsers: oxc, which is fast, and TypeScript ESTree, which throws where it gives up. Both give the same trees. */
import type { Comment, Parsed } from "../../src/replay/diff/tree/Parsed.js"
import { isNode } from "../../src/replay/diff/tree/Parsed.js"
import type { Language } from "./language.js"

/** A text that is no program: where that shows, as an offset. */
export interface Fault {
  readonly problem: string
  readonly offset: number
}

export type Parser = (text: string, language: Language) => Parsed | Fault

/** What the parsers tell languages by. */
const fileNames: Readonly<Record<Language, string>> = {
  ts: "source.ts",
  tsx: "source.tsx",
  dts: "source.d.ts",
  jsx: "source.jsx",
  cjs: "source.jsx"
}

const tooDeep = "It is nested too deeply to be compared"

export const isFault = (result: Parsed | Fault): result is Fault => "problem" in result

export const loadOxc = async (): Promise<Parser> => {
  const { parseSync, visitorKeys } = await import("oxc-parser")
  return (text, language) => {
    const { comments, errors, program } = parseSync(fileNames[language], text, {
      lang: language === "cjs" ? "jsx" : language,
      astType: "ts",
      sourceType: language === "cjs" ? "commonjs" : "module",
      preserveParens: false
    })
    const error = errors.find(({ severity }) => String(severity) === "Error")
    if (error !== undefined) return { problem: error.message, offset: error.labels[0]?.start ?? 0 }
    // its types name every kind of node, but none as one that has a `type` and whatever else
    const root: unknown = program
    return isNode(root)
      ? { text, program: root, visitorKeys, comments: comments.map(comment) }
      : { problem: "There is no program in it", offset: 0 }
  }
}

export const loadTypeScript = async (): Promise<Parser> => {
  const [{ parse }, { visitorKeys }] = await Promise.all([
    import("@typescript-eslint/typescript-estree"),
    // without them children are taken by the names of their properties
    import("oxc-parser").catch((): Pick<Parsed, "visitorKeys"> => ({ visitorKeys: {} }))
  ])
  return (text, language) => {
    try {
      const program = parse(text, {
        range: true,
        comment: true,
        jsx: language === "tsx" || language === "jsx" || language === "cjs",
        filePath: fileNames[language],
        suppressDeprecatedPropertyWarnings: true
      })
      const root: unknown = program
      const comments = (program.comments ?? []).map(({ range: [start, end], type, value }) =>
        comment({ type, value, start, end })
      )
      return isNode(root)
        ? { text, program: root, visitorKeys, comments }
        : { problem: "There is no program in it", offset: 0 }
    } catch (cause) {
      if (cause instanceof RangeError) return { problem: tooDeep, offset: 0 }
      return { problem: messageOf(cause), offset: offsetOf(cause) }
    }
  }
}

const comment = (found: {
  readonly type: string
  readonly value: string
  readonly start: number
  readonly end: number
}): Comment => ({
  type: found.type === "Block" ? "Block" : "Line",
  value: found.value,
  start: found.start,
  end: found.end
})

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : "It cannot be read")

/** Its errors say where they are. */
const offsetOf = (cause: unknown): number => {
  const location: unknown =
    typeof cause === "object" && cause !== null && "location" in cause ? cause.location : undefined
  const start: unknown =
    typeof location === "object" && location !== null && "start" in location ? location.start : undefined
  return typeof start === "object" && start !== null && "offset" in start ? Number(start.offset) : 0
}
