/** The recorded steps of a node, each given out once. */
import type { Step, StepKind } from "../../replay/Recording.js"

export interface Shelf {
  /** To who asks at the same place; unless that is a must, else to the first who asks for the same. */
  readonly take: (kind: StepKind, key: string, at: string, exact: boolean) => Step | undefined
  readonly all: ReadonlyArray<Step>
}

const placeOf = (kind: StepKind, key: string, at: string): string => `${kind} ${key} ${at}`

export const makeShelf = (steps: ReadonlyArray<Step>): Shelf => {
  const byPlace = new Map(steps.map((step) => [placeOf(step.kind, step.key, step.at), step]))
  const bySame = new Map<string, Array<Step>>()
  for (const step of [...steps].sort((one, other) => one.order - other.order)) {
    const same = placeOf(step.kind, step.key, "")
    const known = bySame.get(same)
    if (known === undefined) bySame.set(same, [step])
    else known.push(step)
  }
  return {
    all: steps,
    take: (kind, key, at, exact) => {
      const same = bySame.get(placeOf(kind, key, ""))
      const step = byPlace.get(placeOf(kind, key, at)) ?? (exact ? undefined : same?.[0])
      if (step === undefined) return undefined
      byPlace.delete(placeOf(step.kind, step.key, step.at))
      same?.splice(same.indexOf(step), 1)
      return step
    }
  }
}
