/** What the gate stands on: the settings, the files of the project, the enforcer, and the ledger, if the project keeps one. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { EnforceAsked } from "../../src/cli/commandLine.js"
import { AegisConfig, type ConfigInvalid } from "../../src/services/AegisConfig.js"
import * as Enforcer from "../../src/services/Enforcer.js"
import { ProjectFiles } from "../../src/services/ProjectFiles.js"
import type { RuleEngines } from "../../src/services/RuleEngines.js"
import type { Rulepacks } from "../../src/services/Rulepacks.js"
import { Telemetry } from "../../src/services/Telemetry.js"
import { VerdictMemo } from "../../src/services/VerdictMemo.js"
import { loadConfig, type Sources } from "../ConfigFile.js"
import * as keptVerdicts from "../enforce/keptVerdicts.js"
import * as Rules from "../enforce/Rules.js"
import * as ProjectFilesNode from "../enforce/ProjectFilesNode.js"
import { projectLedger } from "./projectLedger.js"

/** `rules` are what judges and by what; a test brings its own. */
export const enforceLive = (
  sources: Sources,
  asked: EnforceAsked = { typed: false },
  rules: (
    config: AegisConfig["Type"],
    asked: EnforceAsked
  ) => Layer.Layer<RuleEngines | Rulepacks, ConfigInvalid> = Rules.layerOfFiles
): Layer.Layer<Enforcer.Enforcer | ProjectFiles | AegisConfig | Telemetry, ConfigInvalid> =>
  Layer.scopedContext(
    Effect.gen(function* () {
      const config = yield* loadConfig(sources)
      const enforcer = yield* Effect.provide(Enforcer.make, yield* Layer.build(rules(config, asked))).pipe(
        Effect.provideServiceEffect(VerdictMemo, keptVerdicts.ofProject(config))
      )
      return Context.make(AegisConfig, config).pipe(
        Context.add(ProjectFiles, ProjectFilesNode.make(config.root, sources.cwd)),
        Context.add(Enforcer.Enforcer, enforcer),
        Context.add(Telemetry, yield* projectLedger(config))
      )
    })
  )
