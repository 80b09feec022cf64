/** What `aegis ci` looks at a change with. The checks have layers of their own besides. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { PromptVersions } from "../../src/cli/ci/PromptVersions.js"
import { AegisConfig, type ConfigInvalid } from "../../src/services/AegisConfig.js"
import type { PriceList } from "../../src/services/PriceList.js"
import type { ProjectFiles } from "../../src/services/ProjectFiles.js"
import * as ConfigFile from "../ConfigFile.js"
import * as ProjectFilesNode from "../enforce/ProjectFilesNode.js"
import * as PriceListGenai from "../PriceListGenai.js"
import { promptVersionsLive } from "./promptVersionsLive.js"

export const changeLive = (
  sources: ConfigFile.Sources
): Layer.Layer<PromptVersions | PriceList | ProjectFiles | AegisConfig, ConfigInvalid> =>
  Layer.mergeAll(
    promptVersionsLive(sources),
    PriceListGenai.layer,
    Layer.unwrapEffect(Effect.map(AegisConfig, ({ root }) => ProjectFilesNode.layer(root, sources.cwd)))
  ).pipe(Layer.provideMerge(ConfigFile.layer(sources)))
