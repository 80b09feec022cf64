/** vLLM, SGLang and llama.cpp: chat completions through the OpenAI SDK, the rest over their native endpoints. */
import type * as Effect from "effect/Effect"
import type { AegisConfig } from "../../../src/services/AegisConfig.js"
import type { PriceList } from "../../../src/services/PriceList.js"
import type { ChatWire, WireOptions } from "./Wire.js"

export interface ChatWireOptions extends WireOptions {
  readonly provider: "vllm" | "sglang" | "llama-cpp"
}
export declare const makeChatWire: (
  options: ChatWireOptions
) => Effect.Effect<ChatWire, never, AegisConfig | PriceList>
