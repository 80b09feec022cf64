/**
 * Errors as data: class, name, message, cause, the errors of an AggregateError, enumerable members. The stack is left out:
 * it names places of a process that is gone. An error of a class that is not JavaScript's own becomes one of the nearest
 * class that is, with its name.
 */

const classes = {
  Error,
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
  AggregateError
} as const

/** The members of an error, those that JavaScript hides among the keys apart from those that it shows. */
interface ErrorParts {
  readonly className: keyof typeof classes
  readonly hidden: Readonly<Record<string, unknown>>
  readonly own: Readonly<Record<string, unknown>>
}

const hiddenKeys = ["name", "message", "cause", "errors"] as const

export const errorParts = (error: Error): ErrorParts => {
  const className = classOf(error)
  const own = { ...error }
  const base: Error = classes[className].prototype
  const hidden: Array<[string, unknown]> = []
  for (const key of hiddenKeys) {
    if (Object.hasOwn(own, key)) continue
    const value: unknown = Reflect.get(error, key)
    // a class may have its name or its message on the prototype
    if (Object.hasOwn(error, key) || value !== Reflect.get(base, key)) hidden.push([key, value])
  }
  return { className, hidden: Object.fromEntries(hidden), own }
}

const classOf = (error: Error): keyof typeof classes => {
  for (let at: unknown = Object.getPrototypeOf(error); isObject(at); at = Object.getPrototypeOf(at)) {
    const name: unknown = Object.hasOwn(at, "constructor") ? Reflect.get(at.constructor, "name") : undefined
    if (isClass(name)) return name
  }
  return "Error"
}

/** Throws on parts that `errorParts` would never have given. */
export const errorFrom = (parts: unknown): Error => {
  if (!isObject(parts) || !("class" in parts && "hidden" in parts && "own" in parts))
    throw new TypeError("malformed")
  const { class: className, hidden, own } = parts
  if (!isClass(className) || !isObject(hidden) || !isObject(own)) throw new TypeError("malformed")
  const error = className === "AggregateError" ? new AggregateError([]) : new classes[className]()
  for (const key of hiddenKeys)
    if (Object.hasOwn(hidden, key)) define(error, key, Reflect.get(hidden, key), false)
  for (const [key, value] of Object.entries(own)) define(error, key, value, true)
  if (!Object.hasOwn(own, "stack")) define(error, "stack", headline(error), false)
  return error
}

/** What V8 writes above a stack. */
const headline = ({ message, name }: { readonly message: unknown; readonly name: unknown }): string =>
  [name, message].filter((part) => typeof part === "string" && part !== "").join(": ")

/** As `error[key] = value`, but for `__proto__` too. */
const define = (error: Error, key: string, value: unknown, enumerable: boolean): void => {
  Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true })
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

const isClass = (name: unknown): name is keyof typeof classes =>
  typeof name === "string" && Object.hasOwn(classes, name)
