/** From an input to its key: parse, load what it includes, hash. What was parsed before is remembered. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type {
  CanonicalError,
  IncludeError,
  PromptSyntaxError,
  PromptTooLarge
} from "../domain/PromptErrors.js"
import { ProviderNotFound } from "../domain/ProviderErrors.js"
import type { Warning } from "../domain/ResolvedScaffold.js"
import type { ResolveInput } from "../domain/ResolveInput.js"
import { includedBlock, parseSource, withFiles } from "../prompt/assemble.js"
import { BlockText, compile, type Compiled } from "../prompt/compile.js"
import { adapterName } from "../prompt/key.js"
import { lineOf } from "../prompt/position.js"
import { type ParsedSource, SourceMemo } from "../prompt/SourceMemo.js"
import type { GateError, PromptGate } from "./PromptGate.js"
import type { PromptLoader } from "./PromptLoader.js"
import type { ProviderAdapter, Providers } from "./ProviderAdapter.js"
import { noteFiles } from "./recorder/surroundings.js"

/**
 * A compiled prompt and the adapter that renders it. `fixed` means that its text depends neither on files nor on rules.
 * `input` is the caller's own, unless rules were applied: then it names their versions, and `warnings` are theirs.
 */
export interface Ready {
  readonly input: ResolveInput
  readonly warnings: ReadonlyArray<Warning>
  readonly compiled: Compiled
  readonly adapter: ProviderAdapter
  readonly fixed: boolean
}

export type CompileError =
  PromptSyntaxError | PromptTooLarge | CanonicalError | IncludeError | ProviderNotFound | GateError

/**
 * A compiler of inputs. `amend` may put other blocks in the place of those of the prompt. The result is an Either when it is there at once, which is so unless files must be read: the
 * cache answers hits without leaving the caller's fiber.
 */
export const makePromptCompiler = (options: {
  readonly loader: PromptLoader["Type"]
  readonly providers: Providers["Type"]
  readonly gate: PromptGate["Type"]
  readonly maxPromptBytes: number
  readonly memoBytes: number
}): ((
  input: ResolveInput,
  file: string,
  amend?: (blocks: ReadonlyArray<BlockText>) => ReadonlyArray<BlockText>
) => Either.Either<Ready, CompileError> | Effect.Effect<Ready, CompileError>) => {
  const { gate, loader, maxPromptBytes, providers } = options
  const memo = new SourceMemo(options.memoBytes)

  const parse = (prompt: string, file: string): Either.Either<ParsedSource, CompileError> => {
    const known = memo.get(prompt)
    if (known !== undefined) return Either.right(known)
    return Either.map(parseSource(prompt, file, maxPromptBytes), (parsed) => {
      memo.set(prompt, parsed)
      return parsed
    })
  }

  const finish = (
    input: ResolveInput,
    blocks: ReadonlyArray<BlockText>,
    fixed: boolean,
    warnings: ReadonlyArray<Warning> = none
  ): Either.Either<Ready, CanonicalError | ProviderNotFound> => {
    const adapter = providers.unsafeGet(input.provider)
    return adapter === undefined
      ? Either.left(new ProviderNotFound({ provider: input.provider, known: providers.names() }))
      : Either.map(compile(input, blocks, adapterName(adapter)), (compiled) => ({
          input,
          warnings,
          compiled,
          adapter,
          fixed
        }))
  }

  /** Applies rules where the input names some. A name that cannot be hashed is refused as such. */
  const judge = (
    input: ResolveInput,
    blocks: ReadonlyArray<BlockText>,
    file: string,
    fixed: boolean
  ): Either.Either<Ready, CompileError> | Effect.Effect<Ready, CompileError> =>
    input.rulepacks.length === 0 || !input.rulepacks.every((name) => name.isWellFormed())
      ? finish(input, blocks, fixed)
      : Effect.flatMap(gate.admit(input, blocks, file), (admitted) =>
          finish({ ...input, rulepacks: admitted.rulepacks }, admitted.blocks, false, admitted.warnings)
        )

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
      const { include } = section
      const { src } = include
      return loader.load({ ...include, file, line: lineOf(prompt, section.offset) }).pipe(
        Effect.tap((text) => noteFiles(include, text)),
        Effect.flatMap((content) => includedBlock(section, src, content))
      )
    })

  return (input, file, amend = (blocks) => blocks) => {
    const source = parse(input.prompt, file)
    if (Either.isLeft(source)) return Either.left(source.left)
    const blocks = source.right.blocks.filter((block) => block !== undefined)
    if (blocks.length === source.right.blocks.length) return judge(input, amend(blocks), file, true)
    return Effect.flatMap(
      load(input.prompt, source.right, file),
      (loaded): Effect.Effect<Ready, CompileError> =>
        Effect.flatMap(withFiles(loaded, file, maxPromptBytes), (filled) =>
          judge(input, amend(filled), file, false)
        )
    )
  }
}

const none: ReadonlyArray<Warning> = []
