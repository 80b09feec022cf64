/**
 * Objects of LangChain: which of them are stored as what their constructor takes, and made again by it. It is what
 * LangChain's own `load` does, but synchronous, for a closed list of classes, and with the names and the values that the
 * constructor was given: `load` turns names into snake_case and back, and a Date into `{}`.
 */
import type { Serializable } from "@langchain/core/load/serializable"
import * as messages from "@langchain/core/messages"
import * as promptValues from "@langchain/core/prompt_values"
import * as Either from "effect/Either"
import type { Extension } from "../../src/runs/Extension.js"
import { isRecord } from "./isRecord.js"

/** A class that extends LangChain's `Serializable`, as every message does. */
export interface SerializableClass {
  new (...args: Array<never>): Serializable
  readonly prototype: Serializable
  readonly name: string
  lc_name(): string
}

/** What may be stored and made again, by name and by class. */
interface Classes {
  readonly byName: ReadonlyMap<string, SerializableClass>
  readonly byPrototype: ReadonlyMap<unknown, string>
}

/** By the `lc_id` that LangChain writes, so that an object of another copy of LangChain is stored as well. */
const known: Readonly<Record<string, SerializableClass>> = {
  "langchain_core/messages/AIMessage": messages.AIMessage,
  "langchain_core/messages/AIMessageChunk": messages.AIMessageChunk,
  "langchain_core/messages/ChatMessage": messages.ChatMessage,
  "langchain_core/messages/ChatMessageChunk": messages.ChatMessageChunk,
  "langchain_core/messages/FunctionMessage": messages.FunctionMessage,
  "langchain_core/messages/FunctionMessageChunk": messages.FunctionMessageChunk,
  "langchain_core/messages/HumanMessage": messages.HumanMessage,
  "langchain_core/messages/HumanMessageChunk": messages.HumanMessageChunk,
  "langchain_core/messages/RemoveMessage": messages.RemoveMessage,
  "langchain_core/messages/SystemMessage": messages.SystemMessage,
  "langchain_core/messages/SystemMessageChunk": messages.SystemMessageChunk,
  "langchain_core/messages/ToolMessage": messages.ToolMessage,
  "langchain_core/messages/ToolMessageChunk": messages.ToolMessageChunk,
  "langchain_core/prompt_values/ChatPromptValue": promptValues.ChatPromptValue,
  "langchain_core/prompt_values/ImagePromptValue": promptValues.ImagePromptValue,
  "langchain_core/prompt_values/StringPromptValue": promptValues.StringPromptValue
}

/** The known classes and the user's own. Of two of one name neither is taken: what is stored could be of either. */
const classesWith = (allow: ReadonlyArray<SerializableClass>): Classes => {
  const names = allow.map((allowed) => `allowed/${uniqueName(allowed)}`)
  const own = names.flatMap((name, at): ReadonlyArray<readonly [string, SerializableClass]> => {
    const allowed = allow[at]
    return allowed !== undefined && names.indexOf(name) === names.lastIndexOf(name) ? [[name, allowed]] : []
  })
  const all = [...Object.entries(known), ...own]
  return {
    byName: new Map(all),
    byPrototype: new Map(all.map(([name, made]) => [made.prototype, name]))
  }
}

/** As LangChain names a class in `lc_id`: a subclass that says nothing has its own name, not that of its parent. */
const uniqueName = (made: SerializableClass): string => {
  const parent: { readonly lc_name?: unknown } = Object.getPrototypeOf(made)
  const inherited: unknown = typeof parent.lc_name === "function" ? parent.lc_name() : undefined
  return made.lc_name() === inherited ? made.name : made.lc_name()
}

/** Messages, prompt values, and objects of the classes that are allowed. What LangChain's `load` refuses is refused here. */
export const langchain = (allow: ReadonlyArray<SerializableClass>): Extension => {
  const { byName, byPrototype } = classesWith(allow)
  return {
    encode: (object) => {
      if (!isLangChain(object)) return undefined
      const id = object.lc_id.join("/")
      // of another copy of LangChain, a class has another prototype and the same id
      const name =
        byPrototype.get(Object.getPrototypeOf(object)) ?? (Object.hasOwn(known, id) ? id : undefined)
      if (name === undefined || !object.lc_serializable || !isRecord(object.lc_kwargs))
        return Either.left({ reason: "unknown-class", what: id })
      const content = kwargsOf(object, Object.hasOwn(known, name))
      return holdsSecret(object, content)
        ? Either.left({ reason: "secret", what: id })
        : Either.right({ name, content })
    },
    decode: (name, content) => {
      const made = byName.get(name)
      if (made === undefined) return Either.left({ reason: "unknown-class", what: name })
      if (!isRecord(content)) return Either.left({ reason: "malformed", what: name })
      // the only one that takes its one value by itself: `load` gives it an object
      const given = made === promptValues.StringPromptValue ? content["value"] : content
      return Either.right(Reflect.construct(made, [given]))
    }
  }
}

/** By what it has, not by its class: programs have more than one copy of LangChain. */
const isLangChain = (object: object): object is Serializable =>
  "lc_serializable" in object && "lc_kwargs" in object && "lc_id" in object && Array.isArray(object.lc_id)

/**
 * What the constructor takes to make the object as it is now: that is `toJSON` before it changes names and values. A known
 * class takes all that it shows, so what a program has set since, `message.name = "critic"`, is kept too.
 */
const kwargsOf = (object: Serializable, isKnown: boolean): Readonly<Record<string, unknown>> => {
  const kwargs: Record<string, unknown> = {}
  const set = (key: string, value: unknown): void => {
    // to a constructor a key without a value is no key
    if (value !== undefined && key !== "__proto__") kwargs[key] = value
  }
  for (const [key, given] of Object.entries(object.lc_kwargs))
    set(key, key in object ? Reflect.get(object, key) : given)
  if (isKnown)
    for (const key of Object.keys(object)) if (isMissing(kwargs, key)) set(key, Reflect.get(object, key))
  for (const [key, value] of declared(object, "lc_attributes")) set(key, value)
  return kwargs
}

/** Whether a member is state that the constructor has not been given. `contentBlocks`, where given, are the content. */
const isMissing = (kwargs: object, key: string): boolean =>
  !Object.hasOwn(kwargs, key) &&
  !(key === "type" || key.startsWith("lc_") || (key === "content" && Object.hasOwn(kwargs, "contentBlocks")))

/** What the classes of an object say, a parent after its child, as LangChain reads it. */
const declared = (
  object: Serializable,
  getter: "lc_attributes" | "lc_secrets"
): ReadonlyArray<[string, unknown]> => {
  const entries: Array<[string, unknown]> = []
  for (let at: unknown = Object.getPrototypeOf(object); isRecord(at); at = Object.getPrototypeOf(at)) {
    const said: unknown = Reflect.get(at, getter, object)
    if (isRecord(said)) entries.push(...Object.entries(said))
  }
  return entries
}

const holdsSecret = (object: Serializable, kwargs: Readonly<Record<string, unknown>>): boolean =>
  declared(object, "lc_secrets").some(([path]) =>
    [object, kwargs].some((from) => path.split(".").reduce<unknown>(memberOf, from) !== undefined)
  )

const memberOf = (from: unknown, key: string): unknown =>
  typeof from === "object" && from !== null ? Reflect.get(from, key) : undefined
