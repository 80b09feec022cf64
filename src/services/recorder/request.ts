/** Requests of a run: what they are known by, and as what they are sent. */
import * as Schema from "effect/Schema"
import type { Hash } from "../../domain/Hash.js"
import { JsonObject } from "../../domain/Json.js"
import { canonicalJson } from "../../prompt/canonical.js"
import { sha256 } from "../../prompt/digest.js"
import type { ActiveNode } from "./ActiveNode.js"
import { amendBody, isPrompt } from "./surroundings.js"

type Fetch = typeof globalThis.fetch

/** Marks for a provider's cache change what a request costs, not what it means. */
const hints = new Set([
  "cache_control",
  "prompt_cache_key",
  "prompt_cache_retention",
  "cache_salt",
  "id_slot"
])

const withoutHints = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutHints)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) => (hints.has(key) ? [] : [[key, withoutHints(each)]]))
  )
}

/** The address without what may be a key. */
const addressOf = (url: string): string => {
  const { origin, pathname, searchParams } = new URL(url)
  const names = [...searchParams.keys()].filter((name) => !/key|token|secret|signature/i.test(name)).sort()
  const query = names.map((name) => `${name}=${searchParams.get(name) ?? ""}`).join("&")
  return `${origin}${pathname}${query === "" ? "" : `?${query}`}`
}

/** The object that a text is; undefined if it is none. */
const jsonOf = (text: string): JsonObject | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return Schema.is(JsonObject)(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** A request as it is known and sent. */
export interface Sent {
  readonly method: string
  readonly url: string
  readonly text: string
  readonly signal: AbortSignal | null | undefined
  /** Sends it with this as its body. */
  readonly send: (text: string) => Promise<Response>
}

/** Methods that are the same in small letters. */
const known = /^(?:delete|get|head|options|post|put)$/i

/** As SDKs ask, with the body as text, nothing has to be read to know what it is: copying a request takes as long as all else here. */
export const read = async (fetch: Fetch, ...[input, init]: Parameters<Fetch>): Promise<Sent> => {
  const url = input instanceof Request ? undefined : String(input)
  if (url !== undefined && URL.canParse(url) && (init?.body == null || typeof init.body === "string")) {
    const method = init?.method ?? "GET"
    return {
      method: known.test(method) ? method.toUpperCase() : method,
      url,
      text: init?.body ?? "",
      signal: init?.signal,
      send: (text) => fetch(input, text === "" ? init : { ...init, body: text })
    }
  }
  const request = new Request(input, init)
  const { method, signal } = request
  const text = await request.clone().text()
  return {
    method,
    url: request.url,
    text,
    signal,
    send: (sent) => fetch(sent === text ? request : new Request(request, { body: sent }))
  }
}

/** A request with what its body says. */
export interface Asked extends Sent {
  readonly body: JsonObject | string | null
}

/** The request as this run sends it. */
export const amended = (node: ActiveNode, sent: Sent): Asked => {
  const body = jsonOf(sent.text)
  if (body === undefined) return { ...sent, body: sent.text === "" ? null : sent.text }
  const asked = amendBody(node, body)
  return { ...sent, body: asked, ...(asked === body ? {} : { text: JSON.stringify(asked) }) }
}

/** What a request is known by. */
interface Known {
  readonly request: JsonObject
  readonly key: Hash
  readonly name: string
}

const knownBy = (method: string, url: string, body: Asked["body"], place: string): Known => {
  const request = { method, url: place, body: withoutHints(body) }
  const canonical = canonicalJson(request)
  return {
    request,
    key: sha256(canonical._tag === "Right" ? canonical.right : JSON.stringify(request)),
    name: `${method} ${addressOf(url)}`
  }
}

/** Prompts are known by their path: another gateway to the same provider, or none, makes no other request of them. */
export const describe = ({ body, method, url }: Pick<Asked, "method" | "url" | "body">): Known => {
  const isPath = typeof body === "object" && body !== null && isPrompt(body)
  return knownBy(method, url, body, isPath ? new URL(url).pathname : addressOf(url))
}

/** A request whose answer is kept beyond the run: who is asked belongs to it. Its body is read. */
export const describeRequest = async (request: Request): Promise<Known> => {
  const { method, url } = request
  const text = await request.text()
  return knownBy(method, url, jsonOf(text) ?? (text === "" ? null : text), addressOf(url))
}
