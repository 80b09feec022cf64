/** The blocks that rules of prompts judge. */
import * as Either from "effect/Either"
import type { BlockId } from "../../src/domain/Ids.js"
import type { Timestamp } from "../../src/domain/Measures.js"
import type { RuleContext } from "../../src/enforce/CodePack.js"
import { parsePrompt } from "../../src/prompt/source.js"
import { layOut } from "../../src/prompt/layout.js"
import { sha256 } from "../../src/prompt/digest.js"

type Prompt = NonNullable<RuleContext["prompt"]>

/**
 * Those of the prompt that is being resolved; otherwise those that stand in the text, without the files that it includes. A
 * text that is no prompt has none: what is wrong with it is told when it is resolved.
 */
export const blocksIn = (content: string, { path, prompt }: RuleContext): Prompt =>
  prompt ?? parsed(content, path)

/** The rules of the pack judge the same text one after the other: it is parsed for the first of them. */
let last: { readonly content: string; readonly prompt: Prompt } | undefined

const parsed = (content: string, path: string): Prompt => {
  if (last?.content !== content) {
    const prompt = Either.getOrElse(Either.map(parsePrompt(content, path), ofText), () => ({ blocks: [] }))
    last = { content, prompt }
  }
  return last.prompt
}

// rules look neither at ids nor at times
const noId = "" as BlockId
const noTime = "" as Timestamp

const ofText = ({ frontMatter, sections }: Either.Either.Right<ReturnType<typeof parsePrompt>>): Prompt => ({
  blocks: layOut(sections, frontMatter.layout ?? "stable-first")
    .filter(({ include }) => include === undefined)
    .map(({ content, name, type }) => ({
      id: noId,
      content,
      type,
      hash: sha256(content),
      ...(name === undefined ? {} : { metadata: { name } }),
      createdAt: noTime,
      updatedAt: noTime
    })),
  provider: frontMatter.provider,
  model: frontMatter.model
})
