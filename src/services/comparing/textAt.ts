/** Which file a text in a value would be: what says so stands beside it, or is the name of its node. */

/** Members that hold a text as it would stand in a file. */
const textKeys = new Set(["text", "code", "source", "content", "contents", "body", "output", "value"])
/** Members that say where their object's text would stand. */
const nameKeys = ["path", "file", "filePath", "fileName", "filename", "name"]

const known = /\.(?:[cm]?[jt]sx?|json)$/i

export const isKnownFile = (name: unknown): name is string => typeof name === "string" && known.test(name)

const memberOf = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (Reflect.get(value, key) as unknown)
    : undefined

const unescaped = (token: string): string => token.replaceAll("~1", "/").replaceAll("~0", "~")

/**
 * The name of the file that the text at a place (a JSON pointer) would be: its key, a `path` or `file` beside it, or `name`, that of
 * the node whose value it is. Undefined where nothing says that it is a program or JSON.
 */
export const fileAt = (value: unknown, pointer: string, name: string | undefined): string | undefined => {
  const keys = pointer.split("/").slice(1).map(unescaped)
  const last = keys.pop()
  if (last === undefined) return isKnownFile(name) ? name : undefined
  if (isKnownFile(last)) return last
  if (!textKeys.has(last)) return undefined
  const around = keys.reduce(memberOf, value)
  return (
    nameKeys.map((key) => memberOf(around, key)).find(isKnownFile) ?? (isKnownFile(name) ? name : undefined)
  )
}
