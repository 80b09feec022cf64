/**
 * Attributes as OTLP has them. A number is an integer where it is one that JavaScript holds exactly and its name is none of a double's:
 * the stock conversion makes 0 of cost an integer and 0.1 a double, and back ends keep a column for each type.
 */
import type { AnyValue, KeyValue } from "@effect/opentelemetry/OtlpResource"
import { doubles } from "../../src/telemetry/names.js"

/** The stock encoder writes no integer below zero: its varint would not end. */
const numberOf = (value: number, isDouble: boolean): AnyValue =>
  !isDouble && Number.isSafeInteger(value) && value >= 0 ? { intValue: value } : { doubleValue: value }

const valueOf = (value: unknown, isDouble: boolean): AnyValue => {
  switch (typeof value) {
    case "string":
      return { stringValue: value }
    case "boolean":
      return { boolValue: value }
    case "number":
      return numberOf(value, isDouble)
    case "bigint":
      // as a number it would lose digits that a text keeps
      return Number.isSafeInteger(Number(value))
        ? numberOf(Number(value), false)
        : { stringValue: `${value}` }
    default:
      return Array.isArray(value)
        ? { arrayValue: { values: value.map((each: unknown) => valueOf(each, isDouble)) } }
        : { stringValue: String(value) }
  }
}

export const keyValues = (entries: Iterable<readonly [string, unknown]>): Array<KeyValue> => {
  const found: Array<KeyValue> = []
  for (const [key, value] of entries) {
    if (value !== undefined && value !== null) found.push({ key, value: valueOf(value, doubles.has(key)) })
  }
  return found
}
