/** The library that draws the charts of a page: the script that it brings for pages. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as NodeFs from "node:fs"
import { createRequire } from "node:module"
import * as Path from "node:path"
import { Charts } from "../../src/cli/Charts.js"
import { StoreError } from "../../src/domain/StoreErrors.js"

/** Chart.js does not export this file by name; it lies beside what it exports. */
const fileName = "chart.umd.min.js"

export const layer: Layer.Layer<Charts> = Layer.succeed(Charts, {
  script: Effect.try({
    try: () => {
      const beside = createRequire(import.meta.url).resolve("chart.js")
      return NodeFs.readFileSync(Path.join(Path.dirname(beside), fileName), "utf8")
    },
    catch: (cause) => new StoreError({ operation: "read the library of charts", reason: "io", cause })
  })
})
