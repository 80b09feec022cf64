/** What `aegis doctor` runs on: settings, checks and providers, without the cache, which may be what is broken. */
import * as Layer from "effect/Layer"
import type { Checks } from "../../src/cli/Checks.js"
import type { AegisConfig, ConfigInvalid } from "../../src/services/AegisConfig.js"
import * as TokenMemo from "../../src/services/TokenMemo.js"
import type { Sources } from "../ConfigFile.js"
import * as ConfigFile from "../ConfigFile.js"
import * as PriceListGenai from "../PriceListGenai.js"
import * as Providers from "../providers/index.js"
import * as TokenCounterGpt from "../TokenCounterGpt.js"
import * as ChecksNode from "./ChecksNode.js"

export const checksLive = (sources: Sources): Layer.Layer<Checks | AegisConfig, ConfigInvalid> =>
  ChecksNode.layer(sources.env).pipe(
    Layer.provide(Providers.layer),
    Layer.provide(PriceListGenai.layer),
    Layer.provide(TokenCounterGpt.layer),
    Layer.provide(TokenMemo.layerMemory),
    Layer.provideMerge(ConfigFile.layer(sources))
  )
