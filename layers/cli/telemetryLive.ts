/** What the commands about the ledger stand on: the ledger, and what draws the charts of a page. */
import * as Layer from "effect/Layer"
import type { TelemetryServices } from "../../src/cli/commandLine.js"
import { type AegisLiveError, layerWith } from "../CacheLive.js"
import type { Sources } from "../ConfigFile.js"
import * as ChartsNode from "./ChartsNode.js"

export const telemetryLive = (sources: Sources): Layer.Layer<TelemetryServices, AegisLiveError> =>
  Layer.merge(layerWith(sources), ChartsNode.layer)
