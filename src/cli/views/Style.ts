/** How text may look where it is shown. */

/** `width` is in columns. */
export interface Style {
  readonly color: boolean
  readonly width: number
}

export const plainStyle: Style = { color: false, width: 100 }
