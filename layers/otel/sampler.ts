/** Which traces are sent: the samplers of OpenTelemetry's specification (trace/sdk.md). A trace is sent whole or not at all. */

/** Whether a span is sent, by its trace and by what was decided about its parent, if it has one. */
export type Sampler = (traceId: string, parentSampled: boolean | undefined) => boolean

/**
 * The last 56 bits of a trace id are random (W3C Trace Context, level 2). Those that reach the threshold are sent, as in consistent
 * probability sampling (OpenTelemetry's trace/tracestate-probability-sampling.md), so that all services choose the same traces.
 */
const byRatio = (ratio: number): Sampler => {
  const threshold = 2n ** 56n - BigInt(Math.round(ratio * 2 ** 56))
  return (traceId) => BigInt(`0x${traceId.slice(-14)}`) >= threshold
}

const parentBased =
  (root: Sampler): Sampler =>
  (traceId, parentSampled) =>
    parentSampled ?? root(traceId, parentSampled)

const bases: Readonly<Record<string, (ratio: number) => Sampler>> = {
  always_on: () => () => true,
  always_off: () => () => false,
  traceidratio: byRatio
}

const prefix = "parentbased_"

export const samplers: ReadonlyArray<string> = Object.keys(bases).flatMap((name) => [
  name,
  `${prefix}${name}`
])

/** The sampler of a name in the specification; undefined where it is none. */
export const samplerOf = (name: string, ratio: number): Sampler | undefined => {
  const base = samplers.includes(name) ? bases[name.replace(prefix, "")]?.(ratio) : undefined
  return base === undefined || !name.startsWith(prefix) ? base : parentBased(base)
}
