/** What a file says about looks: the input of the rules `tokens` and `responsive`. */
import type { Mapped } from "./Mapped.js"

/** Declarations that stand together: a style object, a block of CSS, a list of classes. */
export interface Group {
  /** In CSS's words. */
  readonly properties: Set<string>
  /** Whether a media or container query decides that they apply. */
  readonly isConditional: boolean
}

export interface Declaration {
  /** In CSS's words: `margin-top`. */
  readonly property: string
  readonly value: Mapped
  readonly group: Group
  /** The class that it was read from. */
  readonly className?: string | undefined
  /** Whether the file gives numbers a meaning of its theme (`sx={{ m: 2 }}`). */
  readonly isThemed?: boolean | undefined
}

export interface Collected {
  readonly declarations: Array<Declaration>
  /** What stands between `@media` and the block. */
  readonly queries: Array<Mapped>
  /** The words of each list of classes. */
  readonly classes: Array<ReadonlyArray<Mapped>>
}

export const nothing = (): Collected => ({ declarations: [], queries: [], classes: [] })

export const newGroup = (isConditional = false): Group => ({ properties: new Set(), isConditional })

export const declare = (collected: Collected, declaration: Declaration): void => {
  declaration.group.properties.add(declaration.property)
  collected.declarations.push(declaration)
}
