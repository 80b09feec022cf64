/** From an input to its key: parse, load what it includes, hash. What was parsed before is remembered. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import {
  CanonicalError,
  type IncludeError,
  PromptSyntaxError,
  PromptTooLarge
} from "../domain/PromptErrors.js"
import { ProviderNotFound } from "../domain/ProviderErrors.js"
import type { ResolveInput } from "../domain/ResolveInput.js"
import { BlockText, compile, type Compiled } from "../prompt/compile.js"
import { lineOf } from "../prompt/position.js"
import { parsePrompt } from "../prompt/source.js"
import { type ParsedSource, SourceMemo } from "../prompt/SourceMemo.js"
import type { PromptLoader } from "./PromptLoader.js"
import type { ProviderAdapter, Providers } from "./ProviderAdapter.js"

/** A compiled prompt and the adapter that renders it. `fixed` means that its text does not depend on files. */
export interface Ready {
  readonly compiled: Compiled
  readonly adapter: ProviderAdapter
  readonly fixed: boolean
}

export type CompileError =
  PromptSyntaxError | PromptTooLarge | CanonicalError | IncludeError | ProviderNotFound

/**
 * A compiler of inputs. The result is an Either when it is there at once, which is so unless files must be read: the
 * cache answers hits without leaving the caller's fiber.
 */
export const makePromptCompiler = (options: {
  readonly loader: PromptLoader["Type"]
  readonly providers: Providers["Type"]
  readonly maxPromptBytes: number
  readonly memoBytes: number
}): ((
  input: ResolveInput,
  file: string
) => Either.Either<Ready, CompileError> | Effect.Effect<Ready, CompileError>) => {
  const { loader, maxPromptBytes, providers } = options
  const memo = new SourceMemo(options.memoBytes)

  const parse = (prompt: string, file: string): Either.Either<ParsedSource, CompileError> => {
    const known = memo.get(prompt)
    if (known !== undefined) return Either.right(known)
    const bytes = bytesOver(prompt, maxPromptBytes)
    if (bytes !== undefined) return tooLarge("The prompt", bytes, maxPromptBytes)
    if (!prompt.isWellFormed()) {
      return Either.left(new CanonicalError({ path: "/prompt", reason: "lone-surrogate" }))
    }
    return Either.map(parsePrompt(prompt, file), ({ sections }) => {
      const blocks = sections.map((section) =>
        section.include === undefined ? new BlockText(section) : undefined
      )
      memo.set(prompt, { sections, blocks })
      return { sections, blocks }
    })
  }

  const finish = (
    input: ResolveInput,
    blocks: ReadonlyArray<BlockText>,
    fixed: boolean
  ): Either.Either<Ready, CanonicalError | ProviderNotFound> => {
    const adapter = providers.unsafeGet(input.provider)
    return adapter === undefined
      ? Either.left(new ProviderNotFound({ provider: input.provider, known: providers.names() }))
      : Either.map(compile(input, blocks, `${adapter.format}#${adapter.version}`), (compiled) => ({
          compiled,
          adapter,
          fixed
        }))
  }

  /** Reads the files that stand for blocks, in the order of the prompt. */
  const load = (
    prompt: string,
    { blocks, sections }: ParsedSource,
    file: string
  ): Effect.Effect<ReadonlyArray<BlockText>, IncludeError | CanonicalError> =>
    Effect.forEach(sections, (section, i) => {
      const known = blocks[i]
      if (known !== undefined || section.include === undefined)
        return Effect.succeed(known ?? new BlockText(section))
      const { src } = section.include
      return Effect.flatMap(
        loader.load({ ...section.include, file, line: lineOf(prompt, section.offset) }),
        (content) =>
          content.isWellFormed()
            ? Effect.succeed(new BlockText({ ...section, content, src }))
            : Effect.fail(new CanonicalError({ path: `/prompt/${src}`, reason: "lone-surrogate" }))
      )
    })

  return (input, file) => {
    const source = parse(input.prompt, file)
    if (Either.isLeft(source)) return Either.left(source.left)
    const blocks = source.right.blocks.filter((block) => block !== undefined)
    if (blocks.length === source.right.blocks.length) return finish(input, blocks, true)
    return Effect.flatMap(
      load(input.prompt, source.right, file),
      (loaded): Either.Either<Ready, CompileError> => {
        const total = loaded.reduce((sum, block) => sum + Buffer.byteLength(block.content), 0)
        if (total > maxPromptBytes) return tooLarge("The prompt with its files", total, maxPromptBytes)
        const filled = loaded.filter((block) => block.content !== "")
        return filled.length === 0 ? Either.left(emptyPrompt(file)) : finish(input, filled, false)
      }
    )
  }
}

const emptyPrompt = (file: string): PromptSyntaxError =>
  new PromptSyntaxError({
    file,
    line: 1,
    column: 1,
    reason: "empty-prompt",
    problem: "The prompt is empty: so are the files that it includes",
    fix: "Write some text, or include files that have some."
  })

/** The size in bytes, if it is over the limit. Most texts are short enough not to be measured. */
const bytesOver = (text: string, limit: number): number | undefined => {
  if (text.length * 3 <= limit) return undefined
  const bytes = Buffer.byteLength(text)
  return bytes > limit ? bytes : undefined
}

const tooLarge = (what: string, bytes: number, limit: number): Either.Either<never, PromptTooLarge> =>
  Either.left(new PromptTooLarge({ what, bytes, limit }))
