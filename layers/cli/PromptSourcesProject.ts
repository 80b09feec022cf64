/** The prompts of the project, found by the patterns of the settings, and resolved as they are now. Nothing of it is kept. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { completeInput } from "../../src/cli/completeInput.js"
import { ciThresholds } from "../../src/domain/CiSettings.js"
import { parseFrontMatter } from "../../src/prompt/frontMatter.js"
import { AegisConfig } from "../../src/services/AegisConfig.js"
import { PromptSources, type SourceOfBlocks } from "../../src/services/PromptSources.js"
import { ScaffoldCache } from "../../src/services/ScaffoldCache.js"
import * as ProjectFilesNode from "../enforce/ProjectFilesNode.js"

export const layer: Layer.Layer<PromptSources, never, AegisConfig | ScaffoldCache> = Layer.effect(
  PromptSources,
  Effect.gen(function* () {
    const config = yield* AegisConfig
    const cache = yield* ScaffoldCache
    const files = ProjectFilesNode.make(config.root, config.root)
    const sourceOf = Effect.fnUntraced(function* (file: string) {
      const { text } = yield* Effect.flatten(files.read(file))
      const { frontMatter } = yield* parseFrontMatter(text, file)
      const input = completeInput(text, config, frontMatter)
      if (typeof input === "string") return yield* Effect.fail(input)
      const { originalScaffold } = yield* cache.resolve(input, { bypass: true, unrecorded: true, file })
      return {
        file,
        text,
        blocks: originalScaffold.blocks.map(({ hash }) => hash)
      } satisfies SourceOfBlocks
    })
    return {
      all: files.list(ciThresholds(config.settings.ci).prompts).pipe(
        Effect.orElseSucceed(() => []),
        Effect.flatMap(Effect.forEach((file) => Effect.option(sourceOf(file)))),
        Effect.map((found) => found.flatMap(Option.toArray))
      )
    }
  })
)
