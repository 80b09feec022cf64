/** Code in what a node came to. */
import type { Change } from "../domain/Change.js"

/** Texts that are one program each, before and after. */
export interface ChangedCode {
  /** The name of its file: its ending tells the language. */
  readonly file: string
  readonly before: string
  readonly after: string
}

const isCode = (name: unknown): name is string => typeof name === "string" && /\.[cm]?[jt]sx?$/.test(name)

/** Fields in which the file of the text beside them is told. */
const names = ["path", "file", "fileName", "filename", "name"]

const unescaped = (token: string): string => token.replaceAll("~1", "/").replaceAll("~0", "~")

const fieldOf = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined

/**
 * What a change of an output is of code, if it is: a text whose file is told by a field beside it, or else by the name of the node.
 */
export const codeIn = (node: string, output: unknown, change: Change): ChangedCode | undefined => {
  const { after, before } = change
  if (change.change !== "changed" || typeof before !== "string" || typeof after !== "string") return undefined
  const keys = change.path.split("/").slice(1, -1).map(unescaped)
  const around = keys.reduce<unknown>(fieldOf, output)
  const file = names.map((name) => fieldOf(around, name)).find(isCode) ?? node
  return isCode(file) ? { file, before, after } : undefined
}
