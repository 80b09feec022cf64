/** What replays stand on: everything that a program may use, and the programs themselves. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { ReplayServices } from "../../src/cli/commandLine.js"
import { Scaffolds } from "../../src/cli/Scaffolds.js"
import { AegisConfig } from "../../src/services/AegisConfig.js"
import type { AegisLiveError } from "../CacheLive.js"
import type { Sources } from "../ConfigFile.js"
import * as ProjectFilesNode from "../enforce/ProjectFilesNode.js"
import * as ReplayLive from "../ReplayLive.js"
import { scaffoldsOf } from "./runsLive.js"

export const replayLive = (sources: Sources): Layer.Layer<ReplayServices, AegisLiveError> =>
  Layer.mergeAll(
    Layer.unwrapEffect(Effect.map(AegisConfig, ({ root }) => ProjectFilesNode.layer(root, sources.cwd))),
    Layer.effect(
      Scaffolds,
      Effect.map(AegisConfig, (config) => scaffoldsOf(sources, config))
    )
  ).pipe(Layer.provideMerge(ReplayLive.layerWith(sources)))
