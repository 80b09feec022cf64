/**
 * What LangGraph keeps in its channels and writes besides data: objects of LangChain, documents, and its own Send, Command,
 * Overwrite and DeltaSnapshot. Send, Command and Overwrite come back as plain objects in the form that they have on the
 * wire, as MemorySaver gives them: LangGraph takes that form, and this file does not load LangGraph.
 */
import { Document } from "@langchain/core/documents"
import { DeltaSnapshot } from "@langchain/langgraph-checkpoint"
import * as Either from "effect/Either"
import type { Extension, Named } from "../../src/runs/Extension.js"
import { isRecord } from "./isRecord.js"
import { langchain } from "./langchain.js"
import type { SerializableClass } from "./langchain.js"

export interface ObjectsOptions {
  /** Your own classes that extend LangChain's `Serializable`: messages of your own, for example. */
  readonly allow?: ReadonlyArray<SerializableClass>
}

/** The extension for values of LangGraph. What is stored can make nothing but what is listed, here and in `allow`. */
export const objects = ({ allow = [] }: ObjectsOptions = {}): Extension => {
  const serializable = langchain(allow)
  return {
    encode: (object) => {
      const named = ofLangGraph(object)
      return named === undefined ? serializable.encode(object) : Either.right(named)
    },
    decode: (name, content) => {
      switch (name) {
        case "langgraph/DeltaSnapshot":
          return Either.right(new DeltaSnapshot(content))
        case "langgraph/Overwrite":
          return Either.right({ __overwrite__: content })
        case "langgraph/Send":
        case "langgraph/Command":
          return isRecord(content) ? Either.right(content) : Either.left({ reason: "malformed", what: name })
        case "langchain_core/documents/Document":
          return isRecord(content) && typeof content["pageContent"] === "string"
            ? Either.right(documentFrom(content))
            : Either.left({ reason: "malformed", what: name })
      }
      return serializable.decode(name, content)
    }
  }
}

const ofLangGraph = (object: object): Named | undefined => {
  if (Object.getPrototypeOf(object) === Document.prototype)
    return { name: "langchain_core/documents/Document", content: { ...object } }
  if (!("lg_name" in object)) return undefined
  const member = (key: string): unknown => Reflect.get(object, key)
  const given = (key: string): object => (member(key) === undefined ? {} : { [key]: member(key) })
  switch (object.lg_name) {
    case "DeltaSnapshot":
      return { name: "langgraph/DeltaSnapshot", content: member("value") }
    case "Overwrite":
      return { name: "langgraph/Overwrite", content: member("value") }
    case "Send":
      return {
        name: "langgraph/Send",
        content: { node: member("node"), args: member("args"), ...given("timeout") }
      }
    case "Command":
      return {
        name: "langgraph/Command",
        content: {
          lg_name: "Command",
          update: member("update"),
          resume: member("resume"),
          goto: member("goto"),
          // MemorySaver forgets it
          ...given("graph")
        }
      }
  }
  return undefined
}

const documentFrom = (own: Readonly<Record<string, unknown>>): Document => {
  const document = new Document({ pageContent: "" })
  for (const [key, value] of Object.entries(own))
    Object.defineProperty(document, key, { value, enumerable: true, writable: true, configurable: true })
  return document
}
