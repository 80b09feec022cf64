/** Effect's HttpClient by the network of the fiber that asks: what it sends in a run is recorded, and replayed. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Fetch } from "../../src/services/Fetch.js"

/** In the place of `FetchHttpClient.layer`. */
export const layer: Layer.Layer<HttpClient.HttpClient> = Layer.effect(
  HttpClient.HttpClient,
  Effect.map(
    HttpClient.HttpClient,
    HttpClient.transform((response) =>
      Effect.flatMap(Fetch.current, (fetch) => Effect.provideService(response, FetchHttpClient.Fetch, fetch))
    )
  )
).pipe(Layer.provide(FetchHttpClient.layer))
