/** OpenAI Responses through the official SDK. */
import type * as Effect from "effect/Effect"
import type { AegisConfig } from "../../../src/services/AegisConfig.js"
import type { PriceList } from "../../../src/services/PriceList.js"
import type { Wire, WireOptions } from "./Wire.js"

export declare const makeOpenAiWireWith: (
  options: WireOptions
) => Effect.Effect<Wire, never, AegisConfig | PriceList>
export declare const makeOpenAiWire: Effect.Effect<Wire, never, AegisConfig | PriceList>
