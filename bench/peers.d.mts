/** What a peer is filled with and asked for. LangChain's cache is asked by the prompt, the others by the key. */
export interface Entry {
  readonly key: string
  readonly prompt: string
  readonly body: string
}

export interface Peer {
  readonly name: string
  /** Gets one after the other, waiting only where the peer does. */
  readonly getAll: (entries: ReadonlyArray<Entry>) => Promise<void>
}

export declare const versions: () => Readonly<Record<string, string>>

/** Opens every peer in a folder and fills it. */
export declare const openPeers: (
  folder: string,
  entries: ReadonlyArray<Entry>
) => Promise<{ readonly peers: ReadonlyArray<Peer>; readonly close: () => Promise<void> }>
