/** What of the world around a run its nodes use: noted, and changed where the replay is to change it. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberRef from "effect/FiberRef"
import type { ComplianceReport } from "../../domain/Compliance.js"
import type { JsonObject } from "../../domain/Json.js"
import type { PromptScaffold } from "../../domain/PromptScaffold.js"
import type { ResolveInput } from "../../domain/ResolveInput.js"
import { BlockText } from "../../prompt/compile.js"
import { sha256 } from "../../prompt/digest.js"
import { digestOf } from "../../replay/nodeKey.js"
import type { Surroundings } from "../../replay/Recording.js"
import { nameOfFiles, packAs, parameters } from "../../replay/surroundings.js"
import type { Include } from "../PromptLoader.js"
import type { ActiveNode } from "./ActiveNode.js"
import { current } from "./Scope.js"

type Value = string | number

/** Notes that a node uses something. Whoever carries the node on uses it too. */
export const note = (node: ActiveNode, name: string, value: Value): void => {
  for (let each: ActiveNode | undefined = node; each !== undefined; each = each.parent) {
    const known = each.surroundings.get(name)
    if (known === undefined) each.surroundings.set(name, new Set([value]))
    else known.add(value)
  }
}

export const noteAll = (node: ActiveNode | undefined, surroundings: Surroundings): void => {
  if (node === undefined) return
  for (const [name, values] of Object.entries(surroundings)) {
    for (const value of values) note(node, name, value)
  }
}

const inOrder = (one: Value, other: Value): number => (String(one) < String(other) ? -1 : 1)

export const surroundingsOf = ({ surroundings }: ActiveNode): Surroundings =>
  Object.fromEntries([...surroundings].sort().map(([name, values]) => [name, [...values].sort(inOrder)]))

/** A prompt as this run has it resolved: the caller's own where nothing of it is to be another. */
export const amendPrompt = ({ run }: ActiveNode, input: ResolveInput): ResolveInput => {
  const { blocks, model, provider, seed, temperature } = run.overrides
  return (blocks ?? provider ?? model ?? seed ?? temperature) === undefined
    ? input
    : {
        ...input,
        ...(provider === undefined ? {} : { provider }),
        ...(model === undefined ? {} : { model }),
        ...(seed === undefined ? {} : { seed }),
        ...(temperature === undefined ? {} : { temperature })
      }
}

/** What names a block: what its author called it, or else its type. */
const nameOfBlock = (block: { readonly name?: unknown; readonly type: string }): string =>
  typeof block.name === "string" ? block.name : block.type

/** Puts the texts that are given in the place of those of blocks; undefined where none is. */
export const amendBlocks = ({
  run
}: ActiveNode): ((blocks: ReadonlyArray<BlockText>) => ReadonlyArray<BlockText>) | undefined => {
  const { blocks: given } = run.overrides
  if (given === undefined) return undefined
  return (blocks) =>
    blocks.map((block) => {
      const content = given[nameOfBlock(block)]
      return content === undefined ? block : new BlockText({ type: block.type, name: block.name, content })
    })
}

/** Notes what a prompt was resolved from. */
export const notePrompt = (node: ActiveNode, scaffold: PromptScaffold): void => {
  for (const name of parameters) {
    const value = scaffold[name]
    if (value !== undefined) note(node, name, value)
  }
  for (const { hash, metadata, type } of scaffold.blocks) {
    note(node, `block ${nameOfBlock({ type, name: metadata?.["name"] })}`, hash)
  }
}

/** Whether a body is that of a request to a provider: it names a model, and what that is asked. */
export const isPrompt = (body: JsonObject): boolean =>
  typeof body["model"] === "string" &&
  ["messages", "input", "prompt"].some((name) => Object.hasOwn(body, name))

/** The body of a request to a provider as this run sends it: what decides the answer is replaced where it stands. Anything else as it is. */
export const amendBody = (node: ActiveNode, body: JsonObject): JsonObject => {
  if (!isPrompt(body)) return body
  const { overrides } = node.run
  const own = parameters.filter((name) => Object.hasOwn(body, name) && overrides[name] !== undefined)
  const amended =
    own.length === 0 ? body : { ...body, ...Object.fromEntries(own.map((name) => [name, overrides[name]])) }
  for (const name of parameters) {
    const value = amended[name]
    if (typeof value === "string" || typeof value === "number") note(node, name, value)
  }
  return amended
}

/** Notes what was read of files that a prompt includes. */
export const noteFiles = (include: Pick<Include, "src" | "content">, text: string): Effect.Effect<void> =>
  Effect.map(FiberRef.get(current), (scope) => {
    if (scope !== undefined) note(scope.node, nameOfFiles(include), sha256(text))
  })

/** Notes by which packs something was judged, and what they found. */
export const noteVerdict = (
  node: ActiveNode,
  { findings, packs }: Pick<ComplianceReport, "packs" | "findings">
): void => {
  for (const pack of packs) note(node, `rulepack ${pack.id}`, packAs(pack))
  note(
    node,
    "findings",
    Either.getOrElse(digestOf(findings), () => "")
  )
}
