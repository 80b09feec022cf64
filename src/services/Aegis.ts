/**
 * What a program says of itself, so that it can be recorded and replayed: which run it is, which nodes the run consists of, and where it
 * meets the world. Without a run around them, nodes and tools are their code.
 */
import * as Effect from "effect/Effect"
import type { JsonObject } from "../domain/Json.js"
import type { NotRecordable, ReplayMiss } from "../domain/ReplayErrors.js"
import type { KeptArtifact } from "../replay/Recording.js"
import {
  type Inputs,
  type NodeOptions,
  type Ran,
  Recorder,
  type RecorderError,
  type Ref,
  type RunOptions,
  type ToolOptions,
  type Values
} from "./Recorder.js"
import type { Kind } from "./recorder/node.js"

/**
 * A run. Its input is what nodes read by `read`; a replay may change it.
 *
 * @example Aegis.run("agent", { input: { goal: "a shop" } }, program)
 */
export const run = <A, E, R>(
  name: string,
  options: RunOptions,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<Ran<A>, E | RecorderError, R | Recorder> =>
  Effect.flatMap(Recorder, (recorder) => recorder.run(name, options, effect))

/**
 * A part of a run: what it came to is kept, and taken from a recording while its inputs, and what it read of the run's input, are the
 * same. Inputs are JSON values, or what other nodes came to. Its output is JSON.
 *
 * @example const file = yield* Aegis.node("file", "cart.ts", { plan }, ({ plan }) => write(plan))
 */
export const node = <const I extends Inputs, A, E, R>(
  kind: Kind,
  name: string,
  inputs: I,
  body: (inputs: Values<I>) => Effect.Effect<A, E, R>,
  options?: NodeOptions
): Effect.Effect<Ref<A>, E | RecorderError, R | Recorder> =>
  Effect.flatMap(Recorder, (recorder) => recorder.node(kind, name, inputs, body, options))

/** A call of a tool, known by its name and its inputs: a replay does not make it. */
export const tool = <A, E, R>(
  name: string,
  inputs: JsonObject,
  effect: Effect.Effect<A, E, R>,
  options?: ToolOptions<A, E>
): Effect.Effect<A, E | NotRecordable | ReplayMiss, R | Recorder> =>
  Effect.flatMap(Recorder, (recorder) => recorder.tool(name, inputs, effect, options))

/**
 * Keeps something that the node made besides what it comes to: with the node, where `aegis artifact list` shows it. What is named as a file
 * with code is compared as code.
 *
 * @example yield* Aegis.artifact("code", text, { name: "cart.ts" })
 */
export const artifact = (
  type: KeptArtifact["type"],
  content: string,
  about: Pick<KeptArtifact, "name" | "metadata"> = {}
): Effect.Effect<void, never, Recorder> =>
  Effect.flatMap(Recorder, (recorder) => recorder.artifact({ type, content, ...about }))

/** A part of the run's input by its name; undefined where it has none. The node depends on it from now on. */
export const read = (name: string): Effect.Effect<unknown, never, Recorder> =>
  Effect.flatMap(Recorder, (recorder) => recorder.read(name))
