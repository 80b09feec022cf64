/** What every request format is built from. */
import type { Breakpoint } from "../../domain/ResolvedScaffold.js"
import type { ModelFacts } from "../models/ModelFacts.js"
import type { Sampling } from "./parameters.js"

/** A scaffold laid out for a request: `system` and `user` are the texts of the blocks, in order. */
export interface RequestParts {
  readonly model: string
  readonly facts: ModelFacts
  readonly sampling: Sampling
  readonly system: ReadonlyArray<string>
  readonly user: ReadonlyArray<string>
  /** Marks by index of the block, those of the system part first. */
  readonly breakpoints: ReadonlyArray<Breakpoint>
  /** The tenant; `default` where none was named. */
  readonly namespace: string
  /** Names the most stable part of the prefix and the tenant; undefined where nothing is stable. */
  readonly prefixKey: string | undefined
}

/** Builds the request as its provider's SDK types it. */
export type RequestBuilder = (parts: RequestParts) => object
