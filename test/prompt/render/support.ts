/** Scaffolds for the tests of rendering. */
import * as FastCheck from "effect/FastCheck"
import { uuidOf } from "../../../src/domain/Hash.js"
import type { BlockId, ScaffoldId } from "../../../src/domain/Ids.js"
import type { BlockType, PromptBlock } from "../../../src/domain/PromptBlock.js"
import type { PromptScaffold } from "../../../src/domain/PromptScaffold.js"
import { sha256 } from "../../../src/prompt/digest.js"
import { layOut } from "../../../src/prompt/layout.js"

const at = "2026-11-23T00:00:00Z"

export const blockOf = (type: BlockType, content: string, name?: string): PromptBlock => ({
  id: uuidOf("block", `${type} ${content}`) as BlockId, // a UUID
  type,
  content,
  hash: sha256(content),
  ...(name === undefined ? {} : { metadata: { name } }),
  createdAt: at,
  updatedAt: at
})

export const scaffoldOf = (
  options: Pick<PromptScaffold, "provider" | "model" | "blocks"> & Partial<PromptScaffold>
): PromptScaffold => {
  const hash = sha256(JSON.stringify(options.blocks))
  return {
    id: uuidOf("scaffold", hash) as ScaffoldId, // a UUID
    temperature: 0,
    hash,
    createdAt: at,
    rulepacks: [],
    layout: "stable-first",
    ...options
  }
}

/** One block of each type, the context asking something. */
export const example: ReadonlyArray<PromptBlock> = [
  blockOf("requirements", "Be brief."),
  blockOf("style_guide", "Two spaces.", "ts"),
  blockOf("file_map", "src/a.ts"),
  blockOf("context", 'What is "a"?')
]

const types: ReadonlyArray<BlockType> = ["requirements", "style_guide", "file_map", "context"]

/** Any character but half a pair. */
export const text = FastCheck.string({ unit: "binary", maxLength: 40 })

/** Blocks of any type and text, in the order of one of the layouts. */
export const laidOut = FastCheck.tuple(
  FastCheck.array(
    FastCheck.record({
      type: FastCheck.constantFrom(...types),
      content: FastCheck.oneof(text, FastCheck.constantFrom("{{aegis-0:0}}", '"', "\\", "\u2028", "")),
      name: FastCheck.option(FastCheck.oneof(text, FastCheck.constant("{{aegis-0:1}}")), { nil: undefined })
    }),
    { minLength: 1, maxLength: 40 }
  ),
  FastCheck.constantFrom("stable-first" as const, "source" as const)
).map(([blocks, layout]) => ({
  layout,
  blocks: layOut(
    blocks.map(({ type, content, name }) => blockOf(type, content, name)),
    layout
  )
}))
