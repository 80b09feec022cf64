/** Everything that a program may use, and replays of the programs that the project registers. */
import * as Layer from "effect/Layer"
import * as Replay from "../src/services/Replay.js"
import * as AegisLive from "./AegisLive.js"
import type { AegisLiveError } from "./CacheLive.js"
import type * as ConfigFile from "./ConfigFile.js"
import * as ProgramsFiles from "./replay/ProgramsFiles.js"

export const layerWith = (
  sources: ConfigFile.Sources
): Layer.Layer<AegisLive.Aegis | Replay.Replay, AegisLiveError> =>
  Replay.layer.pipe(Layer.provide(ProgramsFiles.layer), Layer.provideMerge(AegisLive.layerWith(sources)))
